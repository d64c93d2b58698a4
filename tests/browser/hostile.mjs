// Names that try to be more than names.
export const HOSTILE = [
  "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;",
  "\u202Egpj.tahc\u202C \u2066left\u2069 \u200Fשלום 👩‍👩‍👧‍👦 家人 é",
  "W".repeat(64),
  "宽".repeat(64),
];
