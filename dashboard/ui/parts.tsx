/** Small pieces that every page is made of. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { JobState } from '../api/replies.ts';

export function Panel(props: {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly aside?: ComponentChildren;
  /** On a narrow screen it comes after the others. */
  readonly last?: boolean;
}) {
  return (
    <section class={props.last ? 'panel last' : 'panel'} aria-label={props.title}>
      <header class="panel-head">
        <h2>{props.title}</h2>
        {props.aside !== undefined && <div class="aside">{props.aside}</div>}
      </header>
      {props.children}
    </section>
  );
}

/** A figure with its name, and what it is measured in or compared with. */
export function Figure(props: {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly note?: ComponentChildren;
}) {
  return (
    <div class="figure">
      <dt>{props.name}</dt>
      <dd>
        {props.value}
        {props.note !== undefined && <span class="note">{props.note}</span>}
      </dd>
    </div>
  );
}

const stateWords: Record<JobState, string> = {
  QUEUED: 'queued',
  RUNNING: 'running',
  DONE: 'done',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
};

export function StateMark({ state }: { readonly state: JobState }) {
  return <span class={`state state-${state.toLowerCase()}`}>{stateWords[state] ?? state}</span>;
}

/** Never left out where a device was described rather than there. */
export function Emulated() {
  return (
    <span class="tag tag-emulated" title="a described device, not a real one">
      emulated
    </span>
  );
}

/** A name with its colour; the colour is never alone. */
export function Swatch({ name, fill }: { readonly name: string; readonly fill: string }) {
  return (
    <span class="swatch">
      <svg width="10" height="10" aria-hidden="true">
        <rect width="10" height="10" rx="2" fill={fill} />
      </svg>
      {name}
    </span>
  );
}

export function Trouble({ children }: { readonly children: ComponentChildren }) {
  return (
    <p class="trouble" role="alert">
      {children}
    </p>
  );
}

/** Nothing is here yet; what would change that. */
export function Empty(props: { readonly children: ComponentChildren; readonly command?: string }) {
  return (
    <div class="empty">
      <p>{props.children}</p>
      {props.command !== undefined && <code class="command">{props.command}</code>}
    </div>
  );
}

const ASK_MS = 4_000;

/** A button that asks once more: its second press within four seconds counts. */
export function SureButton(props: {
  readonly label: string;
  readonly sure: string;
  readonly onSure: () => void;
  readonly disabled?: boolean;
  readonly title?: string;
}) {
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (!asked) return;
    const timer = setTimeout(() => setAsked(false), ASK_MS);
    return () => clearTimeout(timer);
  }, [asked]);
  const onClick = (): void => {
    setAsked(!asked);
    if (asked) props.onSure();
  };
  return (
    <button
      type="button"
      class={asked ? 'button danger' : 'button'}
      disabled={props.disabled}
      title={props.title}
      onClick={onClick}
    >
      {asked ? props.sure : props.label}
    </button>
  );
}
