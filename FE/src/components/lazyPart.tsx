import type { ComponentType, ReactNode } from "react";

import { loadWhenIdle, Part } from "@/lib/parts";

import { LoadingNotice } from "./LoadingNotice";
import { MissingOverlay, MissingPart, type MissingProps } from "./MissingPart";
import { usePart } from "./usePart";

type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

interface Optional {
  /** Drawn until the part is loaded, and if it cannot be. */
  standIn?: ReactNode;
  /** Closes the part, where it can be closed. */
  onClose?: () => void;
}

/** A page: the router loads it before it is shown. */
export function lazyPage<Props extends object>(load: Load<Props>) {
  return lazily(load, MissingPart, <LoadingNotice />);
}

/** A part of a page: loaded when it is drawn, or earlier when the browser is idle. */
export function lazyPart<Props extends object>(load: Load<Props>) {
  return loadedWhenIdle(lazily(load, MissingPart, <LoadingNotice />));
}

/** An overlay that takes the keys, such as a dialog; a failed load is shown in its place. */
export function lazyOverlay<Props extends object>(load: Load<Props>) {
  return loadedWhenIdle(lazily(load, MissingOverlay, <span hidden data-overlay-loading />));
}

/** An overlay that leaves the keys to the page, such as a notification. */
export function lazyAside<Props extends object>(load: Load<Props>) {
  return loadedWhenIdle(lazily(load, MissingOverlay, null));
}

function loadedWhenIdle<Lazy extends { preload: () => Promise<void> }>(lazy: Lazy): Lazy {
  loadWhenIdle(lazy.preload);
  return lazy;
}

/** Unlike `React.lazy`, shows a failed load in place of the part, and can retry it. */
function lazily<Props extends object>(
  load: Load<Props>,
  Missing: ComponentType<MissingProps>,
  waiting: ReactNode,
) {
  const part = new Part(load);

  function Lazy({ standIn, ...props }: Props & Optional) {
    const [outcome, retry] = usePart(part);
    if (outcome && "content" in outcome) {
      const { default: Content } = outcome.content;
      return <Content {...(props as unknown as Props)} />;
    }
    return (
      <>
        {outcome && <Missing failure={outcome.failure} onRetry={retry} onClose={props.onClose} />}
        {standIn ?? (outcome === null && waiting)}
      </>
    );
  }
  Lazy.preload = async () => {
    await part.load();
  };
  return Lazy;
}
