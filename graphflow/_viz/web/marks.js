// What is laid on the graph: tones, badges, heat, histograms and pictures of operations, and steps of which one is shown.

class Marks {
  // `tones` in the order of their rank; of those in `loud` a folded scope also tells how many there are.
  constructor(overlay, graph, { tones, loud }, store) {
    Object.assign(this, { overlay, graph, tones, loud, store });
    this.base = new Map(Object.entries(overlay.marks).map(([item, mark]) => [Number(item), mark]));
    this.step = -1;
    this._use(new Map());
  }

  get steps() {
    return this.overlay.steps;
  }

  async show(step) {
    const marks = await this.store.part(`step-${step}`);
    this.step = step;
    this._use(new Map(Object.entries(marks).map(([item, mark]) => [Number(item), mark])));
  }

  _use(now) {
    this.now = now;
    this.sorted = [...new Set([...this.base.keys(), ...now.keys()])].sort((a, b) => a - b);
    this.folded = new Map();
  }

  // The mark of an operation or a folded scope, or undefined.
  of(item) {
    if (!this.sorted.length) return undefined;
    if (this.graph.mains.has(item)) item = this.graph.own.get(item);
    if (!this.graph.kids[item]) return this.now.get(item) || this.base.get(item);
    if (!this.folded.has(item)) this.folded.set(item, this._fold(item));
    return this.folded.get(item);
  }

  _fold(scope) {
    const counts = new Map();
    let heat = null,
      k = lowerBound(this.sorted, scope);
    for (; k < this.sorted.length && this.sorted[k] < this.graph.end[scope]; k++) {
      const mark = this.of(this.sorted[k]);
      if (mark.tone) counts.set(mark.tone, (counts.get(mark.tone) || 0) + 1);
      if (mark.heat !== undefined) heat = Math.min(1, (heat || 0) + mark.heat);
    }
    if (!counts.size && heat === null) return undefined;
    const first = this.tones.find(tone => counts.has(tone)) || [...counts.keys()].sort()[0];
    const most = [...counts].sort((a, b) => b[1] - a[1]);
    return {
      tone: first,
      badge: this.loud.includes(first) ? `${counts.get(first)} ${first}` : "",
      heat: heat === null ? undefined : heat,
      rows: most.length > 1 ? most.map(([tone, n]) => [tone, String(n)]) : [],
    };
  }
}

function lowerBound(sorted, value) {
  let low = 0,
    high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
