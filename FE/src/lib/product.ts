/** What the product is called. `manage.py rename` changes it everywhere. */
export const PRODUCT = "Bounded";

/** What `head` of a route returns: the title of its page. */
export function titled(page: string) {
  return { meta: [{ title: `${page} · ${PRODUCT}` }] };
}
