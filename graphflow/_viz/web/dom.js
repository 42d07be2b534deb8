// Elements are made here only; text goes in as text, so that no name can become markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child.nodeType ? child : String(child));
  }
  return node;
}

const html = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
const byId = id => document.getElementById(id);

// Text for people: what cannot be seen, or would turn the reading direction of what follows, is replaced.
function plain(text) {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, "\ufffd");
}

// `text` cut in the middle where it is too long.
function shortened(text, limit) {
  const letters = text.length > 4 * limit ? [...text.slice(0, 2 * limit), ...text.slice(-2 * limit)] : [...text];
  if (letters.length <= limit) return plain(text);
  const half = Math.floor((limit - 1) / 2);
  return plain(`${letters.slice(0, half).join("")}…${letters.slice(-half).join("")}`);
}

// `1 operation`, `1,234 operations`
function counted(n, word) {
  return `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
}
