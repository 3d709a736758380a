interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** All items, page by page: only for collections that stay small. */
export async function allOf<Item>(
  read: (cursor: string | null) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await read(cursor);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return items;
}
