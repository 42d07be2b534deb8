// The graph as a list of text, for screen readers and for those who like lists: a tree whose branches are made when opened.

const BRANCH = 200;

class Outline {
  constructor(app) {
    this.app = app;
    this.root = byId("outline-tree");
    this.rows = new Map();
    this.root.addEventListener("keydown", event => this._key(event));
    this.root.replaceChildren(...this._branch(0));
    const first = this.root.querySelector("[role=treeitem]");
    if (first) first.tabIndex = 0;
  }

  _branch(scope, start = 0) {
    const { graph } = this.app,
      kids = graph.kids[scope].slice(start, start + BRANCH),
      rest = graph.kids[scope].length - start - BRANCH;
    const rows = kids.map(item => this._row(item));
    if (rest > 0) {
      const more = html(
        "li",
        {},
        html(
          "button",
          { type: "button", class: "link", onclick: () => more.replaceWith(...this._branch(scope, start + BRANCH)) },
          `${rest.toLocaleString("en")} more`,
        ),
      );
      rows.push(more);
    }
    return rows;
  }

  _row(item) {
    const { app } = this,
      { graph } = app,
      isScope = graph.kids[item] !== undefined;
    const row = html(
      "li",
      { role: "treeitem", tabindex: -1, "aria-expanded": isScope ? "false" : null, "aria-level": graph.depth[item] },
      html(
        "span",
        {
          class: "entry",
          onclick: event => (
            event.stopPropagation(),
            isScope && event.detail === 2 ? this.toggle(item) : app.goTo(item)
          ),
        },
        isScope &&
          html("span", {
            class: "twist",
            "aria-hidden": "true",
            onclick: event => (event.stopPropagation(), this.toggle(item)),
          }),
        html("span", { class: `dot k-${graph.kind[item]}`, "aria-hidden": "true" }),
        html("span", { class: "name" }, shortened(graph.title(item), 60)),
        html("span", { class: "quiet" }, this._words(item)),
      ),
    );
    row.dataset.outline = item;
    this.rows.set(item, row);
    return row;
  }

  _words(item) {
    const { graph } = this.app;
    if (graph.kids[item]) return counted(graph.count[item], "op");
    const inputs = [];
    for (let e = graph.inStart[item]; e < graph.inStart[item + 1] && inputs.length < 4; e++) {
      if (graph.slot[e] >= 0) inputs.push(shortened(graph.name(graph.from[e]), 40));
    }
    const output = (graph.outs[item] || [])[0];
    return [graph.op[item], output ? shapeText(output) : "", inputs.length ? `from ${inputs.join(", ")}` : ""]
      .filter(Boolean)
      .join("  ");
  }

  toggle(item, open) {
    const row = this.rows.get(item);
    const was = row.getAttribute("aria-expanded") === "true";
    if (open === was) return;
    row.setAttribute("aria-expanded", String(!was));
    const group = row.querySelector(":scope > ul");
    if (was) group.hidden = true;
    else if (group) group.hidden = false;
    else row.append(html("ul", { role: "group" }, this._branch(item)));
  }

  // Shows where an item stands; only while the list itself is shown.
  follow(item) {
    if (!document.body.classList.contains("with-outline")) return;
    const { graph } = this.app,
      above = [];
    for (let i = graph.parent[item]; i > 0; i = graph.parent[i]) above.push(i);
    for (const scope of above.reverse()) if (this.rows.has(scope)) this.toggle(scope, true);
    this.root.querySelectorAll(".here").forEach(row => row.classList.remove("here"));
    const row = this.rows.get(item);
    if (!row) return;
    row.firstChild.classList.add("here");
    row.firstChild.scrollIntoView({ block: "nearest" });
  }

  _key(event) {
    const rows = [...this.root.querySelectorAll("[role=treeitem]")].filter(
      row => !row.parentElement.closest("[hidden]"),
    );
    const row = event.target.closest("[role=treeitem]"),
      item = row && Number(row.dataset.outline),
      k = rows.indexOf(row);
    if (!row) return;
    const isScope = this.app.graph.kids[item] !== undefined,
      open = row.getAttribute("aria-expanded") === "true";
    const move = next => next && ((row.tabIndex = -1), (next.tabIndex = 0), next.focus());
    if (event.key === "ArrowDown") move(rows[k + 1]);
    else if (event.key === "ArrowUp") move(rows[k - 1]);
    else if (event.key === "ArrowRight" && isScope)
      open ? move(row.querySelector("[role=treeitem]")) : this.toggle(item, true);
    else if (event.key === "ArrowLeft")
      isScope && open ? this.toggle(item, false) : move(row.parentElement.closest("[role=treeitem]"));
    else if (event.key === "Enter" || event.key === " ") this.app.goTo(item);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
