// The graph as columns. An item is a scope or an operation; items are numbered in preorder, so that a scope holds the
// interval from itself to its `end`. Item 0 is the whole graph.

class Graph {
  constructor(doc) {
    const n = doc.kids.length;
    doc.types = doc.types.map(plain);
    doc.shapes = doc.shapes.map(outputs => outputs.map(([dtype, dims]) => [plain(dtype), dims]));
    Object.assign(this, { n, label: doc.labels, kind: doc.kind.map(k => doc.kinds[k]), params: doc.params });
    this.parent = new Int32Array(n).fill(-1);
    this.end = new Int32Array(n);
    this.depth = new Int32Array(n);
    this.kids = new Array(n);
    this.op = new Array(n);
    this.outs = new Array(n);
    this.count = new Int32Array(n);
    this.full = doc.full;
    this.mains = new Set(doc.mains); // scopes that are an operation and what belongs to it
    this.groups = new Set(doc.groups);
    this.ops = [];
    this._grow(doc);
    this._connect(doc);
  }

  _grow(doc) {
    const stack = [];
    for (let i = 0; i < this.n; i++) {
      while (stack.length && !stack[stack.length - 1].left) this.end[stack.pop().item] = i;
      const top = stack[stack.length - 1];
      if (top) {
        top.left--;
        this.parent[i] = top.item;
        this.depth[i] = stack.length;
        this.kids[top.item].push(i);
      }
      if (doc.kids[i] >= 0) {
        this.kids[i] = [];
        stack.push({ item: i, left: doc.kids[i] });
      } else {
        this.op[i] = doc.types[doc.op[this.ops.length]];
        this.outs[i] = doc.shapes[doc.outs[this.ops.length]];
        this.end[i] = i + 1;
        this.count[i] = 1;
        this.ops.push(i);
      }
    }
    for (const { item } of stack) this.end[item] = this.n;
    for (let i = this.n - 1; i > 0; i--) this.count[this.parent[i]] += this.count[i];
    // The operation a scope is named after: it stands for the scope where the scope is folded.
    this.own = new Map();
    for (const i of this.ops) if (this.label[i] === "") this.own.set(this.parent[i], i);
  }

  _connect(doc) {
    const edges = doc.from.length;
    this.from = new Int32Array(edges);
    this.to = new Int32Array(edges);
    this.slot = new Int32Array(edges); // the output of the producer, or -1 for "only before"
    this.inStart = new Int32Array(this.n + 1);
    let e = 0,
      k = 0;
    for (let i = 0; i < this.n; i++) {
      this.inStart[i] = e;
      if (this.kids[i]) continue;
      const data = doc.inputs[k],
        all = data + doc.controls[k];
      k++;
      for (let j = 0; j < all; j++, e++) {
        this.from[e] = i - doc.from[e];
        this.to[e] = i;
        this.slot[e] = j < data ? doc.slots[e] || 0 : -1;
      }
    }
    this.inStart[this.n] = e;
    this.outStart = new Int32Array(this.n + 1);
    for (let j = 0; j < edges; j++) this.outStart[this.from[j] + 1]++;
    for (let i = 0; i < this.n; i++) this.outStart[i + 1] += this.outStart[i];
    const cursor = this.outStart.slice();
    this.outEdges = new Int32Array(edges);
    for (let j = 0; j < edges; j++) this.outEdges[cursor[this.from[j]]++] = j;
  }

  name(item) {
    const parts = [];
    for (let i = item; i > 0; i = this.parent[i]) {
      if (this.full[i] !== undefined) return [this.full[i], ...parts.reverse()].join("/");
      if (this.label[i] !== "" && (i === item || !this.groups.has(i))) parts.push(this.label[i]);
    }
    return parts.reverse().join("/") || "graph";
  }

  // The text a box shows as its name.
  title(i) {
    const label = this.label[i] === "" && this.op[i] && this.parent[i] ? this.label[this.parent[i]] : this.label[i];
    return label || "(no name)";
  }

  holds(scope, i) {
    return i >= scope && i < this.end[scope];
  }

  // The child of `scope` that holds `i`.
  childOf(scope, i) {
    while (this.parent[i] !== scope) i = this.parent[i];
    return i;
  }

  // All items reached from `starts` along edges: +1 downwards to consumers, -1 upwards to producers.
  reach(starts, direction) {
    const seen = new Set(starts),
      waiting = [...starts];
    while (waiting.length) {
      for (const next of this.neighbours(waiting.pop(), direction)) {
        if (!seen.has(next)) {
          seen.add(next);
          waiting.push(next);
        }
      }
    }
    return seen;
  }

  *neighbours(i, direction) {
    if (direction < 0) {
      for (let e = this.inStart[i]; e < this.inStart[i + 1]; e++) yield this.from[e];
    } else {
      for (let e = this.outStart[i]; e < this.outStart[i + 1]; e++) yield this.to[this.outEdges[e]];
    }
  }

  // The operations in an item.
  *opsIn(i) {
    for (let j = i; j < this.end[i]; j++) if (!this.kids[j]) yield j;
  }

  // One shortest path from any operation in `a` to any in `b`, or null.
  shortest(a, b) {
    const before = new Map();
    let row = [...this.opsIn(a)];
    for (const i of row) before.set(i, -1);
    while (row.length) {
      const below = [];
      for (const i of row) {
        if (this.holds(b, i) && before.get(i) >= 0) {
          const path = [];
          for (let j = i; j >= 0; j = before.get(j)) path.push(j);
          return path.reverse();
        }
        for (const next of this.neighbours(i, 1)) {
          if (!before.has(next)) {
            before.set(next, i);
            below.push(next);
          }
        }
      }
      row = below;
    }
    return null;
  }
}
