import AdaptGradients
import AdaptModels
// Virtual tokens on one model: the plan of their tensors, and the adapter with its values.
import AdaptSystem
import AdaptTensors

/// What a method with virtual tokens trains in one model.
struct PromptPlan: Sendable {
  let method: String
  let encoder: PromptEncoder
  /// The encoder's tensors under their names.
  let slots: [TensorSlot]
  let whole: WholeModules
  let fields: [String: JSONValue]

  /// The only tensor of the prompt in a file.
  static let key = "prompt_embeddings"

  /// Tensors of the modules trained whole.
  ///
  /// Peft's prompts wrap the model once, other methods twice.
  var headSlots: [TensorSlot] {
    whole.slots.map { slot in
      let name = slot.key.dropFirst(PEFTKey.prefix.count)
      return TensorSlot(key: "base_model." + name, shape: slot.shape, initial: slot.initial)
    }
  }

  var trainableCount: Int {
    (slots + headSlots).reduce(0) { $0 + $1.shape.reduce(1, *) }
  }

  /// A new one; `place` puts the rows into the adapter.
  func attached(_ place: (PromptRows, inout Adapter) -> Void) -> AttachedPrompt {
    attached(
      encoder, zip(slots, slots.map { $0.initial() }).map { Trainable($0.key, $1) },
      headSlots.map { $0.initial() }, place)
  }

  /// The one that `files` hold: its rows train themselves from then on, the encoder being in no file.
  func read(
    _ files: AdapterFiles, shape: [Int], _ place: (PromptRows, inout Adapter) -> Void
  ) throws(PEFTFault) -> AttachedPrompt {
    let rows = TensorSlot(key: Self.key, shape: shape) { Tensor([0], []) }
    let values = try files.take([rows] + headSlots)
    return attached(
      .table, [Trainable(PromptEncoder.tableName, values[0])], Array(values[1...]), place)
  }

  private func attached(
    _ encoder: PromptEncoder, _ trained: [Trainable], _ head: [Tensor],
    _ place: (PromptRows, inout Adapter) -> Void
  ) -> AttachedPrompt {
    let heads = zip(headSlots, head).map { Trainable($0.key, $1) }
    var adapter = Adapter()
    whole.put(heads, into: &adapter)
    let rows = PromptRows(encoder: encoder, trained: trained)
    place(rows, &adapter)
    let key = encoder == .table ? Self.key : nil
    return AttachedPrompt(
      method: method, adapter: adapter,
      parameters: trained.map { AdapterParameter(trainable: $0, key: key) }
        + heads.map { AdapterParameter(trainable: $0, key: $0.name) },
      rows: rows, fields: fields)
  }
}

/// The rows of a prompt as they are now.
struct PromptRows: Sendable {
  let encoder: PromptEncoder
  let trained: [Trainable]

  func callAsFunction(in pass: Pass) -> Variable { encoder(trained, in: pass) }
}

/// Virtual tokens with what forms them.
struct AttachedPrompt: AttachedAdapter {
  let method: String
  let adapter: Adapter
  let parameters: [AdapterParameter]
  fileprivate let rows: PromptRows
  fileprivate let fields: [String: JSONValue]

  func merged(into model: ModelOutline) throws(PEFTFault) -> [MergedParameter] {
    throw .notMergeable(
      method: method, reason: "virtual tokens are inputs, not weights",
      hint: "keep the adapter beside the model")
  }

  /// The prompt alone, as in peft: the network behind it is dropped, and stays in checkpoints.
  func files() throws(PEFTFault) -> AdapterFiles {
    var tensors = storedTensors
    tensors[PromptPlan.key] = withoutRecording { rows(in: Pass()).value }
    return AdapterFiles(configuration: fields, tensors: tensors)
  }
}

/// A method whose settings can be read without its values, to begin anew with what no file holds.
package protocol RestartableMethod: PEFTMethod {
  /// The method with the settings of `files`.
  ///
  /// - Throws: `PEFTFault` naming the key.
  init(settingsOf files: AdapterFiles) throws(PEFTFault)
}
