// Names that try to be more than names.
export const HOSTILE = [
  "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;",
  "\u202Egpj.tahc\u202C \u2066left\u2069 \u200Fשלום 👩‍👩‍👧‍👦 家人 é",
  "W".repeat(64),
  "宽".repeat(64),
];

/** A name as it stands in a title, in an attribute and in a sentence: what runs from right to left is fenced in. */
export const fenced = (name) => /[\u0590-\u08ff\u202a-\u202e\u2066-\u2069]/.test(name) ? `\u2068${name}\u2069` : name;
