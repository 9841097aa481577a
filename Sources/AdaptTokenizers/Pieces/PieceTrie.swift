// A tree of bytes in a flat hash table: which pieces start at a place of a text.

/// All prefixes of a set of byte strings, each with the number of the string that ends there.
package struct PieceTrie: Sendable {
  /// Node and byte in `key`, the child in `node`; a key of 0 is empty.
  private struct Edge {
    var key: UInt64 = 0
    var node: UInt32 = 0
  }

  private var edges: [Edge]
  private var count = 0
  /// The number of the string that ends at each node, −1 for none; node 0 is the root.
  private var values: [Int32] = [-1]
  /// Children of the root, 0 for none.
  private var roots = [UInt32](repeating: 0, count: 256)

  package init(capacity: Int = 16) {
    var slots = 32
    while slots < capacity * 2 { slots *= 2 }
    edges = [Edge](repeating: Edge(), count: slots)
  }

  package var isEmpty: Bool { values.count == 1 }

  /// Adds a string that is not empty; a second number for it replaces the first.
  package mutating func insert(_ bytes: some Sequence<UInt8>, value: Int32) {
    var node: UInt32 = 0
    for byte in bytes { node = child(node, byte) ?? addChild(node, byte) }
    if node != 0 { values[Int(node)] = value }
  }

  /// Whether any string starts with `byte`.
  @inline(__always)
  package func starts(with byte: UInt8) -> Bool { roots[Int(byte)] != 0 }

  /// Calls `body` with each string that starts at `position`, shortest first.
  @inline(__always)
  package func forEachMatch(
    in text: UnsafeBufferPointer<UInt8>, at position: Int,
    _ body: (_ value: Int32, _ end: Int) -> Void
  ) {
    var node: UInt32 = 0
    var place = position
    while place < text.count, let next = child(node, text[place]) {
      node = next
      place += 1
      let value = values[Int(node)]
      if value >= 0 { body(value, place) }
    }
  }

  /// The longest string that starts at `position`, and where it ends.
  package func longestMatch(
    in text: UnsafeBufferPointer<UInt8>, at position: Int
  ) -> (value: Int32, end: Int)? {
    var found: (Int32, Int)?
    forEachMatch(in: text, at: position) { found = ($0, $1) }
    return found
  }

  @inline(__always)
  private func child(_ node: UInt32, _ byte: UInt8) -> UInt32? {
    if node == 0 {
      let root = roots[Int(byte)]
      return root == 0 ? nil : root
    }
    let key = UInt64(node) << 8 | UInt64(byte)
    let mask = edges.count - 1
    var slot = Self.slot(key) & mask
    while edges[slot].key != 0 {
      if edges[slot].key == key { return edges[slot].node }
      slot = (slot + 1) & mask
    }
    return nil
  }

  private static func slot(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 20)
  }

  private mutating func addChild(_ node: UInt32, _ byte: UInt8) -> UInt32 {
    let child = UInt32(values.count)
    values.append(-1)
    if node == 0 {
      roots[Int(byte)] = child
      return child
    }
    if count * 2 >= edges.count { grow() }
    place(Edge(key: UInt64(node) << 8 | UInt64(byte), node: child))
    count += 1
    return child
  }

  private mutating func place(_ edge: Edge) {
    let mask = edges.count - 1
    var slot = Self.slot(edge.key) & mask
    while edges[slot].key != 0 { slot = (slot + 1) & mask }
    edges[slot] = edge
  }

  private mutating func grow() {
    let old = edges
    edges = [Edge](repeating: Edge(), count: old.count * 2)
    for edge in old where edge.key != 0 { place(edge) }
  }
}
