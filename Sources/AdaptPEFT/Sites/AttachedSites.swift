import AdaptGradients
package import AdaptModels
// A method on one model, with its values, where it acts at sites alone.
import AdaptSystem
import AdaptTensors

/// An adapter of modules; its trained tensors are named as in its file.
package struct AttachedSites: AttachedAdapter {
  package let method: String
  package var adapter: Adapter
  package let parameters: [AdapterParameter]
  /// The trained tensors of each adapted module, in the order of its slots.
  let modules: [[Trainable]]
  /// What those began with, where a conversion needs it; else empty.
  let origins: [[Tensor]]
  /// Whether an adapted layer lies as `[in, out]`.
  private let isTransposed: Bool
  private let configuration: any SiteConfiguration
  /// Frozen tensors of the file, by key.
  private let others: [String: Tensor]

  /// `values` in the order of the plan's slots, `fixed` in that of its frozen ones.
  init(
    _ plan: SitePlan, method: String, configuration: any SiteConfiguration, values: [Tensor],
    fixed: [Tensor], stored: [StoredTable] = []
  ) {
    let slots = plan.slots
    let trainables = zip(slots, values).map { Trainable($0.key, $1) }
    var adapter = Adapter()
    for table in stored { adapter.parameters[table.parameter.number] = Parameter(table.value) }
    var modules: [[Trainable]] = []
    var next = 0
    for part in plan.parts {
      let own = Array(trainables[next..<next + part.slots.count])
      part.put(own, fixed, &adapter)
      modules.append(own)
      next += own.count
    }
    plan.whole.put(Array(trainables[next...]), into: &adapter)
    var others = Dictionary(stored.map { ($0.key, $0.value) }) { first, _ in first }
    for (slot, value) in zip(plan.storedSlots, fixed) { others[slot.key] = value }
    self.method = method
    self.adapter = adapter
    self.modules = modules
    origins = plan.parts.map { $0.origin?() ?? [] }
    isTransposed = plan.isTransposed
    self.configuration = configuration
    self.others = others
    parameters = zip(slots, trainables).map {
      AdapterParameter(
        trainable: $1, key: $0.key, learningRateFactor: $0.learningRateFactor)
    }
  }

  package func files() throws(PEFTFault) -> AdapterFiles {
    AdapterFiles(
      configuration: fields(configuration), tensors: storedTensors.merging(others) { $1 })
  }

  /// The settings as they are saved for this model.
  func fields(_ configuration: some SiteConfiguration) -> [String: JSONValue] {
    configuration.fields().merging([SiteLayout.key: .boolean(isTransposed)]) { $1 }
  }
}
