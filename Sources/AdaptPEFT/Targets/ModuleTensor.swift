// The tensors of a model under the module paths that Python gives them: what `bias` and `modules_to_save` choose.
package import AdaptModels

/// One tensor of a module.
///
/// A parameter that two modules share is two of these.
package struct ModuleTensor: Sendable {
  /// Where it is used.
  package enum Place: Sendable {
    /// Inside the model's own equations, such as a norm.
    case parameter
    case linear(Linear)
    case embedding(Embedding)
  }

  /// Path of the module: `model.layers.0.self_attn.q_proj`.
  package let path: String
  /// Name in the module: `weight`, `bias`.
  package let field: String
  package let parameter: ModelParameter
  package let place: Place

  package var name: String { path + "." + field }
}

extension ModelOutline {
  /// All tensors by module: those of dense layers and tables, then those that are no site's.
  package var moduleTensors: [ModuleTensor] {
    var tensors: [ModuleTensor] = []
    for table in embeddings {
      tensors.append(
        ModuleTensor(
          path: table.site.path, field: "weight", parameter: table.table, place: .embedding(table)))
    }
    for linear in linears {
      for (field, parameter) in [
        ("weight", linear.weight as ModelParameter?), ("bias", linear.bias),
      ] {
        guard let parameter else { continue }
        tensors.append(
          ModuleTensor(
            path: linear.site.path, field: field, parameter: parameter, place: .linear(linear)))
      }
    }
    let known = Set(tensors.map(\.parameter.number))
    for parameter in parameters where !known.contains(parameter.number) {
      let parts = parameter.path.split(separator: ".", omittingEmptySubsequences: false)
      tensors.append(
        ModuleTensor(
          path: parts.dropLast().joined(separator: "."), field: Self.field(parts.last),
          parameter: parameter, place: .parameter))
    }
    return tensors
  }

  /// Numbers of the parameters that more than one module uses.
  package var sharedParameters: Set<Int> {
    var seen = Set<Int>()
    var shared = Set<Int>()
    for tensor in moduleTensors where !seen.insert(tensor.parameter.number).inserted {
      shared.insert(tensor.parameter.number)
    }
    return shared
  }

  /// Old files call weight and bias of a norm gamma and beta.
  private static func field(_ last: Substring?) -> String {
    switch last {
    case "gamma": "weight"
    case "beta": "bias"
    default: String(last ?? "")
    }
  }
}

extension ModuleTensor {
  /// The site it belongs to; nil inside the model's own equations.
  package var site: Site? {
    switch place {
    case .parameter: nil
    case .linear(let linear): linear.site
    case .embedding(let table): table.site
    }
  }
}
