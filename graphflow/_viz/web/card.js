// The card of what is chosen: an operation with all that is known of it, or a scope with what it holds.

const MOST_LINKS = 30;

class Card {
  constructor(app) {
    this.app = app;
    this.root = byId("card");
  }

  async show(item) {
    const { app, root } = this;
    root.hidden = !item;
    document.body.classList.toggle("with-card", Boolean(item));
    if (!item) return;
    const { graph } = app,
      isScope = graph.kids[item] !== undefined;
    const op = graph.mains.has(item) ? graph.own.get(item) : isScope ? 0 : item; // the operation that it is
    const details = op ? await app.details(op) : null;
    if (app.selected !== item) return; // something else was chosen meanwhile
    root.replaceChildren(
      ...this._head(item, op),
      ...this._marks(item, details),
      ...(op ? this._operation(op, details) : []),
      ...(isScope ? this._scope(item) : []),
    );
    root.scrollTop = 0;
  }

  _head(item, op) {
    const { app } = this,
      { graph } = app,
      isScope = graph.kids[item] !== undefined,
      open = app.open.has(item);
    const name = plain(graph.name(item)),
      cut = name.lastIndexOf("/") + 1;
    const button = (text, title, act) => html("button", { type: "button", title, onclick: act }, text);
    const lit = app.starts === item ? app.litName : "";
    return [
      html(
        "button",
        {
          type: "button",
          class: "close",
          title: "Close (Esc)",
          "aria-label": "Close the card",
          onclick: () => app.select(0),
        },
        "×",
      ),
      html("p", { class: "type" }, op ? graph.op[op] : "scope"),
      html(
        "h2",
        { title: name },
        cut > 1 && html("span", { class: "scope" }, shortened(name.slice(0, cut), 200)),
        shortened(name.slice(cut), 200),
      ),
      html(
        "div",
        { class: "actions" },
        isScope && button(open ? "Collapse" : "Expand", "Enter", () => app.toggle(item)),
        button("Ancestors", "All it is computed from (A)", () => app.highlight(item, "ancestors")),
        button("Descendants", "All that is computed from it (D)", () => app.highlight(item, "descendants")),
        button(
          app.pathStart === item ? "Path to …" : app.pathStart ? "Path to here" : "Path from here",
          "Between two nodes (P)",
          () => app.markPath(item),
        ),
        lit && button("Clear", "Esc", () => app.clear()),
      ),
    ];
  }

  _section(title, ...content) {
    return html("section", {}, html("h3", {}, title), ...content);
  }

  _table(rows) {
    return html(
      "dl",
      {},
      rows.map(([label, text]) => [html("dt", {}, plain(label)), html("dd", {}, plain(String(text)))]),
    );
  }

  _marks(item, details) {
    const { app } = this,
      mark = app.marks.of(item);
    const rows = [
      ...((mark && mark.rows) || []),
      ...((details && app.marks.now.get(item) === undefined && details.rows) || []),
    ];
    if (!mark && !rows.length) return [];
    const content = [];
    if (mark && mark.image) {
      const image = html("img", { class: "value", alt: "its value as a picture" });
      app.imageOf(item, mark.image).then(uri => uri && (image.src = uri));
      content.push(image);
    }
    if (mark && mark.bars)
      content.push(
        svg(
          "svg",
          { class: "histogram", viewBox: "0 0 280 64", role: "img", "aria-label": "histogram" },
          barsOf(mark.bars, 0, 2, 280, 60),
        ),
      );
    if (rows.length) content.push(this._table(rows));
    if (mark && mark.group !== undefined) content.push(html("p", {}, "with ", this._link(mark.group)));
    const pairs = app.partners(item);
    if (pairs.length)
      content.push(
        html("p", {}, "paired with "),
        html(
          "ul",
          {},
          pairs.map(other => html("li", {}, this._link(other))),
        ),
      );
    if (!content.length) return [];
    const entry = mark && mark.tone && app.legendText(mark.tone);
    return [
      this._section(entry ? plain(entry) : app.overlay.title ? plain(app.overlay.title) : "Laid on it", ...content),
    ];
  }

  _operation(item, details) {
    const { graph } = this.app,
      parts = [];
    if (details.source) {
      const [, place, line] = /^(.*?:\d+): ?([^]*)$/.exec(details.source) || [null, details.source, ""];
      parts.push(
        this._section(
          "Made at",
          html("p", { class: "source" }, html("span", {}, plain(place)), line && html("code", {}, plain(line))),
        ),
      );
    }
    const outputs = graph.outs[item] || [];
    if (outputs.length) {
      parts.push(
        this._section(
          outputs.length === 1 ? "Output" : "Outputs",
          html(
            "ul",
            { class: "outputs" },
            outputs.map((output, k) =>
              html(
                "li",
                {},
                html("code", {}, `:${k}`),
                ` ${outputText(output)}`,
                html("span", { class: "quiet" }, bytesText(output)),
              ),
            ),
          ),
        ),
      );
    }
    const data = [],
      before = [],
      users = [],
      after = [];
    for (let e = graph.inStart[item]; e < graph.inStart[item + 1]; e++) (graph.slot[e] < 0 ? before : data).push(e);
    for (let k = graph.outStart[item]; k < graph.outStart[item + 1]; k++) {
      const e = graph.outEdges[k];
      (graph.slot[e] < 0 ? after : users).push(e);
    }
    const inward = e => this._tensor(graph.from[e], graph.slot[e], graph.from[e]);
    const outward = e => this._tensor(graph.to[e], graph.slot[e], item);
    parts.push(...this._links("Inputs", data, inward), ...this._links("Used by", users, outward));
    parts.push(
      ...this._links("Runs after", before, e => this._link(graph.from[e])),
      ...this._links("Runs before", after, e => this._link(graph.to[e])),
    );
    const attrs = Object.entries(details.attrs || {});
    if (attrs.length) parts.push(this._section("Attributes", this._table(attrs)));
    if (details.device) parts.push(this._section("Device", html("p", {}, plain(details.device))));
    return parts;
  }

  _scope(item) {
    const { graph } = this.app,
      types = new Map(),
      parts = [];
    let params = 0;
    for (const op of graph.opsIn(item)) {
      types.set(graph.op[op], (types.get(graph.op[op]) || 0) + 1);
      params += graph.params[op] || 0;
    }
    const rows = [["operations", graph.count[item].toLocaleString("en")]];
    if (params) rows.push(["variables hold", counted(params, "number")]);
    parts.push(this._section("Holds", this._table(rows)));
    const from = [],
      to = [];
    for (let e = graph.inStart[item]; e < graph.inStart[graph.end[item]]; e++) {
      if (!graph.holds(item, graph.from[e]) && graph.slot[e] >= 0) from.push(e);
    }
    for (let k = graph.outStart[item]; k < graph.outStart[graph.end[item]]; k++) {
      const e = graph.outEdges[k];
      if (!graph.holds(item, graph.to[e]) && graph.slot[e] >= 0) to.push(e);
    }
    const once = (edges, end) => [...new Map(edges.map(e => [end(e), e])).values()];
    const makes = once(from, e => `${graph.from[e]} ${graph.slot[e]}`),
      gives = once(to, e => `${graph.from[e]} ${graph.slot[e]}`);
    parts.push(...this._links("Takes", makes, e => this._tensor(graph.from[e], graph.slot[e], graph.from[e])));
    parts.push(...this._links("Gives", gives, e => this._tensor(graph.from[e], graph.slot[e], graph.from[e])));
    const sorted = [...types].sort((a, b) => b[1] - a[1]).slice(0, 20);
    parts.push(this._section("Operations", this._table(sorted)));
    return parts;
  }

  _links(title, edges, make) {
    if (!edges.length) return [];
    const items = edges.slice(0, MOST_LINKS).map(e => html("li", {}, make(e)));
    if (edges.length > MOST_LINKS) items.push(html("li", { class: "quiet" }, `… ${edges.length} in all`));
    return [this._section(`${title}`, html("ul", {}, items))];
  }

  _tensor(item, slot, producer) {
    const output = (this.app.graph.outs[producer] || [])[slot];
    return html(
      "span",
      {},
      this._link(item, slot > 0 && producer === item ? `:${slot}` : ""),
      output && html("span", { class: "quiet" }, outputText(output)),
    );
  }

  _link(item, suffix = "") {
    const name = this.app.graph.name(item);
    return html(
      "button",
      { type: "button", class: "link", title: plain(name).slice(0, 500), onclick: () => this.app.goTo(item) },
      shortened(name, 60) + suffix,
    );
  }
}

const WIDTHS = {
  bool: 1,
  int8: 1,
  uint8: 1,
  qint8: 1,
  quint8: 1,
  int16: 2,
  uint16: 2,
  qint16: 2,
  quint16: 2,
  float16: 2,
  bfloat16: 2,
  int32: 4,
  uint32: 4,
  qint32: 4,
  float32: 4,
  int64: 8,
  uint64: 8,
  float64: 8,
  complex64: 8,
  complex128: 16,
};

// `4.0 KB`, with a `?` where a dimension is not known: then it is for one.
function bytesText([dtype, dims]) {
  const one = WIDTHS[dtype.replace(/_ref$/, "")];
  if (!one || dims === null) return "";
  let bytes = dims.reduce((all, d) => all * (d === null ? 1 : d), one);
  const open = dims.filter(d => d === null).length;
  let unit = "B";
  for (const next of ["KB", "MB", "GB", "TB"]) {
    if (bytes < 1000) break;
    bytes /= 1000;
    unit = next;
  }
  const amount = bytes >= 100 || Number.isInteger(bytes) ? Math.round(bytes) : bytes.toFixed(1);
  return [`${amount} ${unit}`, ...Array(open).fill("?")].join(" × ");
}
