// Every fault of the knowledge base at once, each with its file, line and column.
package import AdaptSystem

/// The knowledge base cannot be used; every fault found is listed.
package struct KnowledgeFault: DiagnosableError, Equatable {
  package let faults: [Diagnosis]

  package var diagnosis: Diagnosis {
    if faults.count == 1, let only = faults.first { return only }
    let list = faults.map { $0.text.replacing("\n\n", with: "\n  ") }.joined(separator: "\n")
    return Diagnosis(
      "\(faults.count) faults in the knowledge base:\n\(list)",
      hint: "`knowledge/` and `recipes/` must be whole; reinstall or mend the files named")
  }
}
