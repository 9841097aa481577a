// The list of methods: one line each.
package import AdaptModels
package import Foundation

/// All methods, in the order in which they are listed.
package enum PEFTMethods {
  package static let all: [any PEFTMethod.Type] = [
    DoRA.self,  // Before LoRA, whose type its files have.
    LoRA.self,
    QLoRA.self,
    AdaLoRA.self,
    IA3.self,
    VeRA.self,
    OFT.self,
  ]

  /// The adapter in `folder`, by the method that its configuration names.
  ///
  /// - Throws: `PEFTFault.unknownType` naming the known ones; else as the method's `read`.
  package static func read(
    _ folder: URL, for model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    let files = try AdapterFiles(reading: folder)
    guard let method = all.first(where: { $0.reads(files) }) else {
      throw .unknownType(
        path: folder.path, type: files.type ?? "nothing",
        known: Array(Set(all.compactMap { $0.peftType })).sorted())
    }
    return try method.read(files, for: model)
  }
}
