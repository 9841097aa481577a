// The list of methods: one line each.
package import AdaptModels
package import Foundation

/// All methods, in the order in which they are listed.
package enum PEFTMethods {
  package static let all: [any PEFTMethod.Type] = [
    DoRA.self,  // Before LoRA, whose type its files have.
    LoRA.self, QLoRA.self, AdaLoRA.self, IA3.self, VeRA.self, OFT.self,
    FullFineTuning.self, BitFit.self, NormTuning.self,
    PromptTuning.self, PTuning.self, PrefixTuning.self, PTuningV2.self,
    Houlsby.self, Pfeiffer.self, ParallelAdapter.self, Compacter.self, HubPrefixTuning.self,
    MAM.self, UniPELT.self,
    LoReFT.self, DiReFT.self,
  ]

  /// The adapter in `folder`, by the method that its configuration names.
  ///
  /// - Throws: `PEFTFault.unknownType` naming the known ones; else as the method's `read`.
  package static func read(
    _ folder: URL, for model: ModelOutline
  ) throws(PEFTFault) -> any AttachedAdapter {
    let files = try AdapterFiles(reading: folder)
    return try method(of: files).read(files, for: model)
  }

  /// The method that the configuration of `files` names.
  ///
  /// - Throws: `PEFTFault.unknownType` naming the known ones.
  package static func method(
    of files: AdapterFiles
  ) throws(PEFTFault) -> any PEFTMethod.Type {
    if let method = all.first(where: { $0.reads(files) }) { return method }
    throw .unknownType(
      path: files.path ?? "adapter", type: files.type ?? "nothing",
      known: Set(all.compactMap { $0.peftType }).sorted())
  }
}
