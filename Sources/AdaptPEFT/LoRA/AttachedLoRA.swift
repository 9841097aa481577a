// LoRA on one model, with its values.
import AdaptGradients
import AdaptModels
import AdaptTensors

/// A LoRA adapter; its trained tensors are named as in its file.
struct AttachedLoRA: AttachedAdapter {
  let method = LoRA.name
  let adapter: Adapter
  let parameters: [AdapterParameter]
  private let configuration: LoRAConfiguration
  private let isTransposed: Bool
  private let stored: [StoredTable]

  /// `values` in the order of the plan's slots.
  init(_ plan: LoRAPlan, values: [Tensor], stored: [StoredTable] = []) {
    let trainables = zip(plan.slots, values).map { Trainable($0.key, $1) }
    var adapter = Adapter()
    for table in stored { adapter.parameters[table.parameter.number] = Parameter(table.value) }
    let dropout = Float(plan.configuration.dropout)
    for (index, part) in plan.parts.enumerated() {
      let (down, up) = (trainables[2 * index], trainables[2 * index + 1])
      if part.isTable {
        adapter.embeddings[part.site.number] = LoRAEmbedding(
          down: down, up: up, scale: part.scale)
      } else {
        adapter.linears[part.site.number] = LoRALinear(
          down: down, up: up, scale: part.scale, dropout: dropout)
      }
    }
    plan.whole.put(Array(trainables[(2 * plan.parts.count)...]), into: &adapter)
    self.adapter = adapter
    self.stored = stored
    configuration = plan.configuration
    isTransposed = plan.isTransposed
    parameters = trainables.map { AdapterParameter(trainable: $0, key: $0.name) }
  }

  func files() throws(PEFTFault) -> AdapterFiles {
    var tensors = storedTensors
    for table in stored { tensors[table.key] = table.value }
    return AdapterFiles(
      configuration: configuration.fields(isTransposed: isTransposed), tensors: tensors)
  }
}
