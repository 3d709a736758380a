import { Button, Center } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { useEffect } from "react";

interface Props {
  query: {
    hasNextPage: boolean;
    isFetching: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    fetchNextPage: () => Promise<unknown>;
  };
}

/** The end of a list: loads its next page when it is scrolled into view, or on a click. */
export function LoadMore({ query }: Props) {
  const { ref, inViewport } = useInViewport();
  const { hasNextPage, isFetching, isFetchingNextPage, isFetchNextPageError, fetchNextPage } =
    query;
  const isDue = inViewport && hasNextPage && !isFetching && !isFetchNextPageError;
  useEffect(() => {
    if (isDue) void fetchNextPage();
  }, [isDue, fetchNextPage]);
  return (
    hasNextPage && (
      <Center ref={ref} py="md">
        <Button variant="subtle" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {isFetchNextPageError ? "The rest could not be loaded. Try again" : "Show more"}
        </Button>
      </Center>
    )
  );
}
