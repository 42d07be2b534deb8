// Layered layout in two steps: `arrange` decides rows and their order, once for a scope; `place` gives coordinates,
// again whenever a box has changed its size. Sources: Sugiyama, Tagawa, Toda (1981); Gansner, Koutsofios, North, Vo (1993).
// Nothing recurs, so that a long chain is no danger. The page cannot take the layout of the drawings that Python makes: what is
// shown, and so what needs arranging, is decided here (folded scopes, constants, control edges, forward beside backward).

const BOX_GAP = 26,
  LINE_GAP = 11,
  ROW_GAP = 30,
  SWEEPS = 14,
  MOST_STATIONS = 60000;

// Rows of nodes: boxes are 0..n-1, stations of long edges follow.
//   edges: [[from, to]], without any from a box to itself
//   pin: for each box -1 (first row), 1 (last row) or 0; box `first`, if any, stays at the left of the first row
//   shares: whether the edges that leave a box may run together as one trunk
function arrange(n, edges, pin, shares, first = -1) {
  const turned = turnCycles(n, edges, pin);
  const down = edges.map(([a, b], e) => (turned[e] ? [b, a] : [a, b]));
  const row = layersOf(n, down, pin);
  const { rows, chains, total } = stationsOf(n, down, turned, row, shares);
  const links = linksOf(chains, total);
  orderRows(rows, links, total, first);
  return { n, rows, chains, turned, links, total, shares };
}

// Which edges must be drawn upwards, so that the others make no cycle.
function turnCycles(n, edges, pin) {
  const turned = new Uint8Array(edges.length),
    out = lists(n);
  edges.forEach(([a, b], e) => {
    if (pin[b] < 0 || pin[a] > 0) turned[e] = 1;
    else out[a].push(e);
  });
  const state = new Uint8Array(n),
    at = new Int32Array(n);
  for (let root = 0; root < n; root++) {
    if (state[root]) continue;
    const stack = [root];
    state[root] = 1;
    while (stack.length) {
      const a = stack[stack.length - 1];
      if (at[a] === out[a].length) {
        state[a] = 2;
        stack.pop();
        continue;
      }
      const e = out[a][at[a]++],
        b = edges[e][1];
      if (state[b] === 1) turned[e] = 1;
      else if (!state[b]) {
        state[b] = 1;
        stack.push(b);
      }
    }
  }
  return turned;
}

// The row of each box: below all it needs; what feeds more than it takes sinks to just above its first user.
function layersOf(n, down, pin) {
  const out = lists(n),
    waiting = new Int32Array(n),
    needs = new Int32Array(n),
    row = new Int32Array(n);
  for (const [a, b] of down) {
    out[a].push(b);
    waiting[b]++;
    needs[b]++;
  }
  const base = pin.some(p => p < 0) ? 1 : 0,
    order = [];
  for (let i = 0; i < n; i++) {
    row[i] = pin[i] < 0 ? 0 : base;
    if (!waiting[i]) order.push(i);
  }
  for (let k = 0; k < order.length; k++) {
    for (const b of out[order[k]]) {
      row[b] = Math.max(row[b], row[order[k]] + 1);
      if (!--waiting[b]) order.push(b);
    }
  }
  for (const a of order.reverse()) {
    if (!pin[a] && out[a].length && out[a].length >= needs[a]) {
      const lowest = Math.min(...out[a].filter(b => pin[b] <= 0).map(b => row[b]));
      if (lowest !== Infinity) row[a] = Math.max(row[a], lowest - 1);
    }
  }
  let last = 0;
  for (let i = 0; i < n; i++) if (pin[i] <= 0) last = Math.max(last, row[i] + 1);
  for (let i = 0; i < n; i++) if (pin[i] > 0) row[i] = last;
  return row;
}

// Rows with stations, and every edge as the chain of nodes it passes from top to bottom.
function stationsOf(n, down, turned, row, shares) {
  const rows = lists(Math.max(-1, ...row) + 1),
    trunks = new Map(),
    chains = new Array(down.length);
  for (let i = 0; i < n; i++) rows[row[i]].push(i);
  let total = n;
  const order = down.map((_, e) => e).sort((e, f) => length(e) - length(f) || e - f);
  function length(e) {
    return row[down[e][1]] - row[down[e][0]];
  }
  for (const e of order) {
    const [a, b] = down[e],
      key = shares[a] ? a * 2 + turned[e] : -1 - e;
    let trunk = trunks.get(key);
    if (!trunk) trunks.set(key, (trunk = []));
    while (trunk.length < row[b] - row[a] - 1 && total - n < MOST_STATIONS) {
      rows[row[a] + 1 + trunk.length].push(total);
      trunk.push(total++);
    }
    chains[e] = [a, ...trunk.slice(0, row[b] - row[a] - 1), b];
  }
  return { rows, chains, total };
}

// Neighbours above and below of every node, each pair once.
function linksOf(chains, total) {
  const above = lists(total),
    below = lists(total),
    seen = new Set();
  for (const chain of chains) {
    for (let k = 1; k < chain.length; k++) {
      const key = chain[k - 1] * total + chain[k];
      if (seen.has(key)) continue;
      seen.add(key);
      below[chain[k - 1]].push(chain[k]);
      above[chain[k]].push(chain[k - 1]);
    }
  }
  return { above, below };
}

// Orders rows by the mean place of their neighbours, downwards and upwards in turns; keeps the order with fewest crossings.
function orderRows(rows, { above, below }, total, first) {
  const place = new Float64Array(total),
    weight = new Float64Array(total);
  const number = row => row.forEach((v, k) => (place[v] = k));
  rows.forEach(number);
  let best = Infinity,
    kept = null,
    idle = 0;
  for (let sweep = 0; sweep < SWEEPS && idle < 4; sweep++) {
    const downwards = sweep % 2 === 0,
      near = downwards ? above : below;
    for (let k = 0; k < rows.length; k++) {
      const row = rows[downwards ? k : rows.length - 1 - k];
      for (const v of row) {
        weight[v] = near[v].length ? near[v].reduce((sum, u) => sum + place[u], 0) / near[v].length : place[v];
      }
      if (first >= 0) weight[first] = -1;
      row.sort((u, v) => weight[u] - weight[v] || place[u] - place[v]);
      number(row);
    }
    const crossings = crossingsOf(rows, below, place);
    if (crossings < best) {
      best = crossings;
      kept = rows.map(row => row.slice());
      idle = 0;
    } else idle++;
    if (!best) break;
  }
  if (kept) kept.forEach((row, k) => (rows[k] = row));
}

// How many pairs of lines cross: inversions counted in a binary indexed tree, row by row.
function crossingsOf(rows, below, place) {
  let crossings = 0;
  for (let k = 0; k + 1 < rows.length; k++) {
    const size = rows[k + 1].length,
      tree = new Int32Array(size + 1);
    let seen = 0;
    for (const v of rows[k]) {
      const ends = below[v].map(u => place[u]);
      for (const end of ends) {
        let before = 0;
        for (let i = end + 1; i > 0; i -= i & -i) before += tree[i];
        crossings += seen - before;
      }
      for (const end of ends) {
        for (let i = end + 1; i <= size; i += i & -i) tree[i]++;
        seen++;
      }
    }
  }
  return crossings;
}

// Coordinates. `sizes`: {west, east, height} of each box, how far it reaches to both sides of its anchor; `hook(edge, box)`: where
// on the box, from its anchor, the edge is fixed; `stress(edge)`: how much it wants to be straight.
// Returns x (of anchors) of all nodes, the band [top, bottom] of each row, the row of each node, and the size of the whole.
function place({ n, rows, chains, links, total }, sizes, hook, stress = () => 1) {
  const room = {
    west: v => (v < n ? sizes[v].west : 0),
    east: v => (v < n ? sizes[v].east : 0),
    gap: v => (v < n && sizes[v].west + sizes[v].east ? BOX_GAP : LINE_GAP),
  };
  room.apart = (u, v) => room.east(u) + Math.max(room.gap(u), room.gap(v)) + room.west(v);
  const x = spreadRows(rows, links, room, total, pullsOf(chains, n, hook, stress));
  straighten(chains, rows, x, room, n);
  let left = Infinity,
    right = -Infinity;
  for (let v = 0; v < total; v++) {
    left = Math.min(left, x[v] - room.west(v));
    right = Math.max(right, x[v] + room.east(v));
  }
  if (!total) left = right = 0;
  for (let v = 0; v < total; v++) x[v] -= left;
  const bands = [],
    rowOf = new Int32Array(total);
  let y = 0;
  rows.forEach((row, k) => {
    for (const v of row) rowOf[v] = k;
    const tall = Math.max(0, ...row.map(v => (v < n ? sizes[v].height : 0)));
    bands.push([y, y + tall]);
    const spans = row.flatMap(v => links.below[v].map(u => Math.abs(x[u] - x[v])));
    y += tall;
    if (k + 1 < rows.length) y += spans.length ? ROW_GAP + Math.min(50, Math.max(...spans) / 14) : 8;
  });
  return { x, bands, rowOf, width: right - left, height: y };
}

// Of each link of an upper and a lower node: how hard it pulls, and by how much its ends lie beside their anchors.
function pullsOf(chains, n, hook, stress) {
  const pulls = new Map();
  chains.forEach((chain, e) => {
    for (let k = 1; k < chain.length; k++) {
      const a = chain[k - 1],
        b = chain[k],
        key = `${a} ${b}`,
        known = pulls.get(key);
      const shift = (k === 1 ? hook(e, a) : 0) - (k === chain.length - 1 ? hook(e, b) : 0);
      // Long lines are kept straight first, then the ways from box to box.
      const weight = (a >= n && b >= n ? 10 : a >= n || b >= n ? 1 : 4) * stress(e);
      if (!known || known.weight < weight) pulls.set(key, { shift, weight });
    }
  });
  return pulls;
}

// The x of every node: as near to its neighbours as the order of its row allows.
function spreadRows(rows, { above, below }, room, total, pulls) {
  const x = new Float64Array(total);
  for (const row of rows) {
    row.forEach((v, k) => (x[v] = k ? x[row[k - 1]] + room.apart(row[k - 1], v) : 0));
    const middle = row.length ? x[row[row.length - 1]] / 2 : 0;
    for (const v of row) x[v] -= middle;
  }
  const upward = above.map((near, v) => near.map(u => ({ u, ...pulls.get(`${u} ${v}`) })));
  const downward = below.map((near, v) => near.map(u => ({ u, ...pulls.get(`${v} ${u}`) })));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const downwards = sweep % 2 === 0,
      both = sweep >= SWEEPS - 4;
    for (let k = 0; k < rows.length; k++) {
      const row = rows[downwards ? k : rows.length - 1 - k];
      const wanted = row.map(v => {
        let sum = 0,
          all = 0;
        if (downwards || both)
          for (const { u, shift, weight } of upward[v]) [sum, all] = [sum + weight * (x[u] + shift), all + weight];
        if (!downwards || both)
          for (const { u, shift, weight } of downward[v]) [sum, all] = [sum + weight * (x[u] - shift), all + weight];
        return all ? [sum / all, all] : [x[v], 0.01];
      });
      settle(row, wanted, room).forEach((value, i) => (x[row[i]] = value));
    }
  }
  return x;
}

// Long lines without needless bends: stations one below the other get one x as far as there is room beside them.
function straighten(chains, rows, x, room, n) {
  const beside = new Map();
  rows.forEach(row => row.forEach((v, k) => v >= n && beside.set(v, [row[k - 1], row[k + 1]])));
  for (const chain of chains) {
    for (let from = 1; from < chain.length - 1;) {
      let low = -Infinity,
        high = Infinity,
        sum = 0,
        to = from;
      for (; to < chain.length - 1; to++) {
        const v = chain[to],
          [left, right] = beside.get(v);
        const least = left === undefined ? -Infinity : x[left] + room.apart(left, v);
        const most = right === undefined ? Infinity : x[right] - room.apart(v, right);
        if (Math.max(low, least) > Math.min(high, most) + 0.01) break;
        [low, high, sum] = [Math.max(low, least), Math.min(high, most), sum + x[v]];
      }
      if (to === from)
        to++; // no room at all: it stays
      else {
        const common = Math.min(Math.max(sum / (to - from), low), Math.max(low, high));
        for (let k = from; k < to; k++) x[chain[k]] = common;
      }
      from = to;
    }
  }
}

// The nearest positions to those wanted that keep order and gaps: blocks that collide share their mean (isotonic regression).
function settle(row, wanted, room) {
  const offsets = [],
    blocks = [];
  row.forEach((v, i) => {
    offsets.push(i ? offsets[i - 1] + room.apart(row[i - 1], v) : 0);
    let block = [(wanted[i][0] - offsets[i]) * wanted[i][1], wanted[i][1], 1];
    while (blocks.length && blocks[blocks.length - 1][0] / blocks[blocks.length - 1][1] > block[0] / block[1]) {
      const before = blocks.pop();
      block = block.map((value, k) => value + before[k]);
    }
    blocks.push(block);
  });
  const result = [];
  for (const [sum, all, size] of blocks) {
    for (let k = 0; k < size; k++) result.push(offsets[result.length] + sum / all);
  }
  return result;
}

function lists(n) {
  return Array.from({ length: n }, () => []);
}
