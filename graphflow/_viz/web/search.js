// Search by name, op type and shape: `relu`, `op:MatMul`, `shape:?x10`, several words at once.

const MOST_RESULTS = 60;

class Search {
  constructor(app) {
    this.app = app;
    this.field = byId("query");
    this.list = byId("results");
    this.at = -1;
    this.field.addEventListener("input", () => this.run());
    this.field.addEventListener("keydown", event => this._key(event));
    this.field.addEventListener("focus", () => this.run());
    document.addEventListener("pointerdown", event => {
      if (!event.target.closest("#search")) this.list.hidden = true;
    });
  }

  // The operations and scopes that a query finds, operations first where their own label matches.
  matches(query) {
    const { graph } = this.app,
      words = query.toLowerCase().split(/\s+/).filter(Boolean).map(wordTest);
    if (!words.length) return [];
    const found = [];
    for (let i = 1; i < graph.n; i++) {
      const facts = {
        name: graph.name(i).toLowerCase(),
        op: (graph.op[i] || "").toLowerCase(),
        outs: graph.outs[i] || [],
        scope: !graph.op[i],
      };
      if (words.every(test => test(facts))) found.push(i);
    }
    const last = words.length === 1 ? query.trim().toLowerCase() : "";
    const rank = i =>
      last && graph.title(i).toLowerCase() === last ? 0 : last && graph.title(i).toLowerCase().includes(last) ? 1 : 2;
    return found
      .map(i => [rank(i), i])
      .sort((a, b) => a[0] - b[0] || a[1] - b[1])
      .map(([, i]) => i);
  }

  run() {
    const { app } = this,
      query = this.field.value,
      found = this.matches(query);
    this.found = found;
    this.at = -1;
    app.setFound(query.trim() ? found : null);
    this.list.hidden = !query.trim();
    this.field.setAttribute("aria-expanded", String(!this.list.hidden));
    if (this.list.hidden) return;
    const { graph } = app;
    const rows = found
      .slice(0, MOST_RESULTS)
      .map((i, k) =>
        html(
          "li",
          { id: `result-${k}`, role: "option", "aria-selected": "false", onclick: () => this.choose(k) },
          html("span", { class: `dot k-${graph.kind[i]}` }),
          html("span", { class: "name" }, shortened(graph.name(i), 64)),
          html(
            "span",
            { class: "quiet" },
            graph.op[i]
              ? [graph.op[i], shapeText((graph.outs[i] || [])[0])].filter(Boolean).join("  ")
              : counted(graph.count[i], "op"),
          ),
        ),
      );
    const cut = found.length > MOST_RESULTS ? `, the first ${MOST_RESULTS} shown` : "";
    const summary = found.length ? `${found.length.toLocaleString("en")} found${cut}` : "nothing found";
    this.list.replaceChildren(...rows, html("li", { class: "summary quiet", role: "presentation" }, summary));
    app.say(summary);
  }

  choose(k) {
    const item = this.found[k];
    if (item === undefined) return;
    this.list.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
    this.app.goTo(item);
    this.app.focusStage();
  }

  _key(event) {
    const rows = this.list.querySelectorAll("[role=option]");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.at = (this.at + step + rows.length) % Math.max(1, rows.length);
      rows.forEach((row, k) => row.setAttribute("aria-selected", String(k === this.at)));
      if (rows[this.at]) {
        rows[this.at].scrollIntoView({ block: "nearest" });
        this.field.setAttribute("aria-activedescendant", rows[this.at].id);
      }
    } else if (event.key === "Enter") this.choose(Math.max(0, this.at));
    else if (event.key === "Escape") {
      this.field.value = "";
      this.run();
      this.app.focusStage();
    } else return;
    event.stopPropagation();
  }
}

// What one word of a query asks for.
function wordTest(word) {
  const [, key, value] = /^(?:(op|type|shape|name|dtype):)?(.*)$/.exec(word);
  const shape = text => text.replace(/[[\]()]/g, "").replace(/[x*,]/g, "×");
  const shapes = facts => facts.outs.map(output => shapeText(output));
  if (key === "op" || key === "type") return facts => facts.op.includes(value);
  if (key === "name") return facts => facts.name.includes(value);
  if (key === "dtype") return facts => facts.outs.some(output => output[0].includes(value));
  if (key === "shape") return facts => shapes(facts).some(text => text.includes(shape(value)));
  const isShape = /^[[(]?[\d?]+([x×,*][\d?]+)+[\])]?$/.test(value);
  return facts =>
    facts.name.includes(value) ||
    facts.op.includes(value) ||
    (isShape && shapes(facts).some(text => text.includes(shape(value))));
}
