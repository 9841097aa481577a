// Peft saves whole embedding tables beside adapters of them, or of a vocabulary that was changed. Mostly they are
// the base's own; where they are not, the adapter was trained over them and needs them.
import AdaptModels
import AdaptTensors

/// A frozen table that holds in the place of the base's.
struct StoredTable: Sendable {
  let key: String
  let parameter: ModelParameter
  let value: Tensor
}

/// What a file holds of the base's tables and of its output head.
struct StoredTables {
  private let files: AdapterFiles
  private var found: [(key: String, parameter: ModelParameter)] = []

  init(_ files: AdapterFiles, _ model: ModelOutline) {
    self.files = files
    for tensor in model.moduleTensors where tensor.field == "weight" {
      let isTable = if case .embedding = tensor.place { true } else { false }
      guard isTable || tensor.site == model.head else { continue }
      for key in [PEFTKey.tensor(tensor, isWrapped: true), PEFTKey.tensor(tensor)]
      where files.tensors[key] != nil {
        found.append((key, tensor.parameter))
      }
    }
  }

  var keys: Set<String> { Set(found.map(\.key)) }

  /// Those that differ from the base's.
  ///
  /// - Throws: `PEFTFault.shape` where the adapter's vocabulary is another one.
  func changed() throws(PEFTFault) -> [StoredTable] {
    var tables: [StoredTable] = []
    for (key, parameter) in found {
      guard let value = files.tensors[key] else { continue }
      guard value.shape == parameter.shape else {
        throw .shape(
          path: files.path ?? "adapter", name: key, wanted: parameter.shape, got: value.shape,
          base: files.base)
      }
      let isEqual = parameter.tensor.withElements { a in
        value.withElements { a.elementsEqual($0) }
      }
      if !isEqual { tables.append(StoredTable(key: key, parameter: parameter, value: value)) }
    }
    return tables
  }
}
