// The one text that stands for a chunk wherever it is embedded.

/// Title, heading path and text, each on lines of its own; empty parts leave no line.
package func indexedText(title: String, headings: [String], text: String) -> String {
  [title, headingPath(headings), text].filter { !$0.isEmpty }.joined(separator: "\n")
}

/// Headings from the outermost to the innermost as one line.
package func headingPath(_ headings: [String]) -> String {
  headings.joined(separator: " › ")
}

/// FNV-1a over the UTF-8 bytes: finds equal texts quickly; equality itself is compared.
func textHash(_ text: String) -> Int64 {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
  return Int64(bitPattern: hash)
}
