// What a method puts into one model: which tensors of which shape at which sites, in a fixed order.
import AdaptGradients
import AdaptModels
import AdaptTensors

/// One adapted module with its tensors, before they have values.
package struct SitePart: Sendable {
  let site: Site
  let slots: [TensorSlot]
  /// Puts the method there, with the values of `slots` and the frozen ones that all parts share.
  let put: @Sendable ([Trainable], [Tensor], inout Adapter) -> Void
  /// What its trained tensors began with, where a conversion needs it.
  let origin: (@Sendable () -> [Tensor])?

  init(
    site: Site, slots: [TensorSlot], origin: (@Sendable () -> [Tensor])? = nil,
    put: @escaping @Sendable ([Trainable], [Tensor], inout Adapter) -> Void
  ) {
    self.site = site
    self.slots = slots
    self.put = put
    self.origin = origin
  }
}

/// All modules that a method adapts.
package struct SiteParts: Sendable {
  var parts: [SitePart]
  /// Frozen tensors that all of them use.
  var fixed: [TensorSlot] = []
  /// Whether a file holds `fixed`; else they are formed again.
  var isFixedStored = true
}

/// The places and tensors of an adapter, before they have values.
struct SitePlan: Sendable {
  let parts: [SitePart]
  let whole: WholeModules
  let fixed: [TensorSlot]
  let isFixedStored: Bool
  /// Whether an adapted layer lies as `[in, out]`.
  let isTransposed: Bool
  private let vectorRateFactor: Float

  /// All trained tensors: those of each module, then biases, then modules trained whole.
  var slots: [TensorSlot] {
    parts.flatMap(\.slots)
      + whole.slots.map { slot in
        var slot = slot
        if slot.shape.count == 1 { slot.learningRateFactor = vectorRateFactor }
        return slot
      }
  }

  /// What the file holds besides.
  var storedSlots: [TensorSlot] { isFixedStored ? fixed : [] }

  /// - Throws: `PEFTFault.setting` naming what does not fit the model.
  init<Method: SiteMethod>(
    _ method: Method, _ model: ModelOutline, key: RandomKey, isStrict: Bool = true,
    path: String? = nil
  ) throws(PEFTFault) {
    let configuration = method.configuration
    var selection = configuration.modules
    for head in configuration.common.task?.headModules ?? [] where !selection.saved.contains(head) {
      selection.saved.append(head)
    }
    let sites = try selection.sites(
      of: model, usual: Method.usualTargets, isStrict: isStrict, path: path)
    if let table = sites.embeddings.first, !Method.takesTables {
      throw .setting(
        path: path, key: "target_modules", wanted: "dense layers",
        got: "`\(table.site.path)`, a table",
        hint: "\(Method.name) changes dense layers; lora takes tables too")
    }
    isTransposed = sites.linears.contains { $0.weight.isTransposed }
    let made = try method.parts(at: sites, in: model, key: key, path: path)
    parts = made.parts.sorted { $0.site.number < $1.site.number }
    fixed = made.fixed
    isFixedStored = made.isFixedStored
    vectorRateFactor = configuration.vectorRateFactor
    whole = try WholeModules(
      configuration.modules, task: configuration.common.task, bias: configuration.bias,
      targets: Set(parts.map(\.site.number)), in: model, path: path)
  }
}

extension RandomKey {
  /// The stream of one tensor at a site, apart from those of dropout under the same seed.
  func stream(_ site: Site, _ tensor: UInt32) -> RandomKey {
    let layer = UInt16(truncatingIfNeeded: (site.layer ?? -1) + 1) | 0x8000
    var stream = at(layer: layer, site: UInt16(truncatingIfNeeded: site.number))
    stream.step = tensor
    return stream
  }
}

extension Tensor {
  init(filling shape: [Int], with value: Float) {
    self.init(shape) { $0.update(repeating: value, count: shape.reduce(1, *)) }
  }
}
