/**
 * Controls in VS Code's look. The only file that knows where they come from. Badge and progress ring of the toolkit are left out: their
 * templates have inline styles, which the content security policy refuses.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeLink,
  vsCodeOption,
  vsCodePanels,
  vsCodePanelTab,
  vsCodePanelView,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { element } from './element';
import type { Child } from './element';

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDropdown(),
  vsCodeLink(),
  vsCodeOption(),
  vsCodePanels(),
  vsCodePanelTab(),
  vsCodePanelView(),
  vsCodeTextField(),
);

/** A custom element; its tags are not in TypeScript's map of HTML. */
function control(
  tag: string,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly Child[]
): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  for (const child of children) if (child !== null && child !== undefined) made.append(child);
  return made;
}

export interface ButtonOptions {
  readonly appearance?: 'primary' | 'secondary';
  /** What a screen reader says, where the label alone is too short. */
  readonly description?: string;
}

export function button(label: string, act: () => void, options: ButtonOptions = {}): HTMLElement {
  const { appearance = 'secondary', description } = options;
  const named = description === undefined ? {} : { 'aria-label': description, title: description };
  const made = control('vscode-button', { appearance, ...named }, label);
  made.addEventListener('click', act);
  return made;
}

/** A link that acts inside the panel. */
export function actionLink(label: string, act: () => void, description?: string): HTMLElement {
  const made = control(
    'vscode-link',
    { href: '#', ...(description === undefined ? {} : { 'aria-label': description, title: description }) },
    label,
  );
  made.addEventListener('click', (event) => {
    event.preventDefault();
    act();
  });
  return made;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

export interface Dropdown {
  readonly element: HTMLElement;
  set(choices: readonly Choice[], value: string): void;
}

export function dropdown(label: string, changed: (value: string) => void): Dropdown {
  const made = control('vscode-dropdown', { 'aria-label': label }) as HTMLElement & { value: string };
  made.addEventListener('change', () => {
    changed(made.value);
  });
  let shown = '';
  return {
    element: made,
    set: (choices, value) => {
      const key = JSON.stringify([choices, value]);
      // Options that are set anew close an open list.
      if (key === shown) return;
      shown = key;
      made.replaceChildren(
        ...choices.map((choice) =>
          control(
            'vscode-option',
            { value: choice.value, ...(choice.value === value ? { selected: '' } : {}) },
            choice.label,
          ),
        ),
      );
      made.value = value;
    },
  };
}

export function searchField(label: string, changed: (text: string) => void): HTMLElement & { value: string } {
  const made = control('vscode-text-field', { placeholder: label, 'aria-label': label }) as HTMLElement & {
    value: string;
  };
  made.addEventListener('input', () => {
    changed(made.value);
  });
  return made;
}

export function checkbox(label: string, changed: (checked: boolean) => void): HTMLElement {
  const made = control('vscode-checkbox', {}, label) as HTMLElement & { checked: boolean };
  made.addEventListener('change', () => {
    changed(made.checked);
  });
  return made;
}

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly content: HTMLElement;
}

export interface Tabs {
  readonly element: HTMLElement;
  select(id: string): void;
}

/** Tabs with arrow keys between them. `selected` hears of every change, by the user or by `select`. */
export function tabs(all: readonly Tab[], selected: (id: string) => void): Tabs {
  const panels = control(
    'vscode-panels',
    { 'aria-label': 'Views' },
    ...all.map(({ id, label }) => control('vscode-panel-tab', { id: `tab-${id}` }, label)),
    ...all.map(({ id, content }) => control('vscode-panel-view', { id: `view-${id}` }, content)),
  ) as HTMLElement & { activeid: string };
  panels.addEventListener('change', (event) => {
    if (event.target === panels) selected(panels.activeid.replace('tab-', ''));
  });
  return {
    element: panels,
    select: (id) => {
      panels.activeid = `tab-${id}`;
      panels.setAttribute('activeid', `tab-${id}`);
      panels.querySelector(`#tab-${id}`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    },
  };
}

/** A heading with what belongs to it; sections are what assistive technology jumps between. */
export const section = (title: string, ...children: readonly Child[]): HTMLElement =>
  element('section', { 'aria-label': title }, element('h2', {}, title), ...children);
