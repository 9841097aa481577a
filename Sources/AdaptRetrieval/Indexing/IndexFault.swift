// Why a run cannot begin or go on.
package import AdaptSystem

package enum IndexFault: DiagnosableError, Equatable {
  /// The collection's vectors come from another embedder.
  case otherEmbedder(collection: String, bound: String, given: String)
  /// An embedder gave something else than one vector of its own length per text.
  case embedderOutput(embedder: String, wanted: String, got: String)

  package var diagnosis: Diagnosis {
    switch self {
    case .otherEmbedder(let collection, let bound, let given):
      Diagnosis(
        "collection `\(collection)` was indexed with another embedder", wanted: "`\(bound)`",
        got: "`\(given)`",
        hint: "name the first one with `--embedder`, or embed everything again with `--reembed`")
    case .embedderOutput(let embedder, let wanted, let got):
      Diagnosis("the embedder `\(embedder)` is faulty", wanted: wanted, got: got)
    }
  }
}
