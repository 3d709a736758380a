import type { ComponentType, ReactNode } from "react";

import { loadWhenIdle, Part } from "@/lib/parts";

import { LoadingNotice } from "./LoadingNotice";
import { MissingOverlay, MissingPart, type MissingProps } from "./MissingPart";
import { usePart } from "./usePart";

type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

interface Optional {
  /** Drawn until the part is there, and if it does not come. */
  standIn?: ReactNode;
  /** Gives the part up, where one can. */
  onClose?: () => void;
}

/** A page: the router loads it before it is shown. */
export function lazyPage<Props extends object>(load: Load<Props>) {
  return lazily(load, MissingPart, <LoadingNotice />);
}

/** A part of a page: loaded when it is drawn, or earlier when the browser has nothing to do. */
export function lazyPart<Props extends object>(load: Load<Props>) {
  return loadedWhenIdle(lazily(load, MissingPart, <LoadingNotice />));
}

/** What lies over a page and takes the keys, such as a dialog; if it is missing, that is said there. */
export function lazyOverlay<Props extends object>(load: Load<Props>) {
  return loadedWhenIdle(lazily(load, MissingOverlay, <span hidden data-overlay-loading />));
}

/** What lies over a page and leaves the keys to it, such as a notification. */
export function lazyAside<Props extends object>(load: Load<Props>) {
  return loadedWhenIdle(lazily(load, MissingOverlay, null));
}

function loadedWhenIdle<Lazy extends { preload: () => Promise<void> }>(lazy: Lazy): Lazy {
  loadWhenIdle(lazy.preload);
  return lazy;
}

/** Unlike `React.lazy`: what could not be loaded says so in its place, and can be tried again. */
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
