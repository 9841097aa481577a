// The flowchart in Mermaid, with the path to the recommended rung drawn strong.

extension AdviceReport {
  /// The flowchart with the path taken.
  ///
  /// The path is the shortest one from the start to the recommended rung; rungs wear the class of
  /// their place in the ladder.
  package func mermaid() -> String {
    let chart = knowledge.flowchart
    let path = Self.path(chart, to: advice.recommended)
    var lines = ["flowchart TD"]
    lines += chart.nodes.map { "  \($0.id)\(shape($0))" }
    for edge in chart.edges {
      let arrow = path.contains([edge.from, edge.to]) ? "==>" : "-->"
      let label = edge.label.map { "|\"\(Self.quoted($0[language]))\"|" } ?? ""
      lines.append("  \(edge.from) \(arrow)\(label) \(edge.to)")
    }
    lines += [
      "  classDef now fill:#d5f0d5,stroke:#2b7a2b,stroke-width:3px",
      "  classDef next fill:#fff3c4,stroke:#8a6d00",
      "  classDef later fill:#eeeeee,stroke:#777777",
      "  classDef out fill:#f6d5d5,stroke:#a33333,stroke-dasharray:4",
    ]
    lines += chart.nodes.compactMap(Self.className(advice))
    return lines.joined(separator: "\n") + "\n"
  }

  private func shape(_ node: Flowchart.Node) -> String {
    let label = Self.quoted(node.label[language])
    return switch node.kind {
    case .start: "([\"\(label)\"])"
    case .decision: "{\"\(label)\"}"
    case .rung: "[\"\(label)\"]"
    }
  }

  private static func quoted(_ text: String) -> String { text.replacing("\"", with: "#quot;") }

  private static func className(_ advice: Advice) -> (Flowchart.Node) -> String? {
    { node in
      guard let id = node.rung, let rung = advice.rung(id) else { return nil }
      return "  class \(node.id) \(rung.status == .ruledOut ? "out" : rung.status.rawValue)"
    }
  }

  /// The edges of the shortest path from the start to a rung's node.
  private static func path(_ chart: Flowchart, to rung: String) -> Set<[String]> {
    guard let start = chart.nodes.first(where: { $0.kind == .start })?.id,
      let goal = chart.nodes.first(where: { $0.rung == rung })?.id
    else { return [] }
    var parent: [String: String] = [start: start]
    var queue = [start]
    var head = 0
    while head < queue.count, parent[goal] == nil {
      let node = queue[head]
      head += 1
      for edge in chart.edges where edge.from == node && parent[edge.to] == nil {
        parent[edge.to] = node
        queue.append(edge.to)
      }
    }
    var edges: Set<[String]> = []
    var node = goal
    while let before = parent[node], before != node {
      edges.insert([before, node])
      node = before
    }
    return edges
  }
}
