/**
 * markup.ts: text as HTML, and tables that a screen reader can read.
 *
 * Runs on: any thread.
 */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** HTML that is not escaped again. */
export class Markup {
  readonly html: string

  constructor(text: string) {
    this.html = text
  }
}

/** What a template may hold: undefined and false are nothing. */
export type HtmlValue = string | number | Markup | false | undefined | readonly HtmlValue[]

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!)
}

/** Values are escaped, unless they are markup; arrays are joined. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Markup {
  const parts = strings.map((text, index) => text + valueHtml(values[index]))
  return new Markup(parts.join(''))
}

function valueHtml(value: HtmlValue): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Markup) return value.html
  if (typeof value === 'object') return value.map(valueHtml).join('')
  return escapeHtml(String(value))
}

/** Data for a script of the page: no text in it can end the element. */
export function dataScript(id: string, data: unknown): Markup {
  const json = JSON.stringify(data).replaceAll('<', String.raw`\u003c`)
  return new Markup(`<script type="application/json" id="${escapeHtml(id)}">${json}</script>`)
}

/** The first cell of a row is its heading. */
export function table(
  caption: string,
  headings: readonly string[],
  rows: readonly (readonly (string | Markup)[])[],
): Markup {
  const body = rows.map(
    ([first = '', ...cells]) =>
      html`<tr>
        <th scope="row">${first}</th>
        ${cells.map((cell) => html`<td>${cell}</td>`)}
      </tr>`,
  )
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption class="soft">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${headings.map((heading) => html`<th scope="col">${heading}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`
}
