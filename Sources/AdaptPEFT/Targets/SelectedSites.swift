// The sites of one model that a selection means, found by peft's rules.
package import AdaptModels
import AdaptSystem

/// Dense layers and tables, each in the order of the model.
package struct SelectedSites: Sendable {
  package var linears: [Linear]
  package var embeddings: [Embedding]
}

extension ModuleSelection {
  /// The sites of `model` that the targets mean.
  ///
  /// `usual` names the targets of architectures. Where `isStrict`, every name of a list must mean something: in a
  /// file the tensors say which modules there are, and lists for several families are usual.
  /// - Throws: `PEFTFault.setting` naming the target and the nearest modules.
  func sites(
    of model: ModelOutline, usual: [String: [String]], isStrict: Bool = true, path: String? = nil
  ) throws(PEFTFault) -> SelectedSites {
    let all = model.linears.map(\.site) + model.embeddings.map(\.site)
    let matcher = try matcher(for: model, usual: usual, path: path)
    if isStrict { try matcher.checkNames(all, model, path: path) }
    let taken = Set(try chosen(all, by: matcher, path: path).map(\.number))
    let sites = SelectedSites(
      linears: model.linears.filter { taken.contains($0.site.number) },
      embeddings: model.embeddings.filter { taken.contains($0.site.number) })
    guard !taken.isEmpty else { throw matcher.nothing(all, model, path: path) }
    return sites
  }

  private func matcher(
    for model: ModelOutline, usual: [String: [String]], path: String?
  ) throws(PEFTFault) -> TargetMatcher {
    switch targets {
    case .some(.names(let names)): return .names(names)
    case .some(.pattern(let text)):
      return .pattern(try ModulePattern(text, key: "target_modules", path: path))
    case .allLinear:
      return .paths(Set(model.linears.map(\.site).filter { $0 != model.head }.map(\.path)))
    case .usual:
      guard let names = usual[model.architecture] else {
        throw .setting(
          path: path, key: "target_modules", wanted: "the modules to adapt", got: "nothing",
          hint:
            "no usual ones are known for `\(model.architecture)`; `all-linear` takes every dense"
            + " layer. " + TargetMatcher.list(model))
      }
      return .names(names)
    }
  }

  private func chosen(
    _ sites: [Site], by matcher: TargetMatcher, path: String?
  ) throws(PEFTFault) -> [Site] {
    let excluded: TargetMatcher?
    switch self.excluded {
    case nil: excluded = nil
    case .names(let names): excluded = .names(names)
    case .pattern(let text):
      excluded = .pattern(try ModulePattern(text, key: "exclude_modules", path: path))
    }
    return sites.filter { site in
      matcher.matches(site.path) && excluded?.matches(site.path) != true
        && !saved.contains { Self.lies(site.path, in: $0) } && isChosenLayer(site.path)
    }
  }

  /// Whether `path` is or lies in a module `name`: what is trained whole takes no adapter.
  private static func lies(_ path: String, in name: String) -> Bool {
    ("." + path + ".").contains("." + name + ".")
  }

  /// By the first number in the path that stands behind two names, or behind one of `layerNames`.
  private func isChosenLayer(_ path: String) -> Bool {
    guard let layers else { return true }
    let parts = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let number = parts.indices.dropFirst(layerNames.isEmpty ? 2 : 1).dropLast().first { place in
      guard parts[place].allSatisfy({ "0"..."9" ~= $0 }), !parts[place].isEmpty else {
        return false
      }
      let before = parts[..<place].joined(separator: ".")
      return layerNames.isEmpty
        || layerNames.contains { before == $0 || before.hasSuffix("." + $0) }
    }
    return number.flatMap { Int(parts[$0]) }.map(layers.contains) ?? false
  }
}

/// One way to name targets.
enum TargetMatcher {
  case names([String])
  case pattern(ModulePattern)
  case paths(Set<String>)

  func matches(_ path: String) -> Bool {
    switch self {
    case .names(let names): names.contains { Self.matches(path, $0) }
    case .pattern(let pattern): pattern.matches(path)
    case .paths(let paths): paths.contains(path)
    }
  }

  private static func matches(_ path: String, _ name: String) -> Bool {
    path == name || path.hasSuffix("." + name)
  }

  /// - Throws: `PEFTFault.setting` for the first name of a list that means no module.
  func checkNames(_ sites: [Site], _ model: ModelOutline, path: String?) throws(PEFTFault) {
    guard case .names(let names) = self else { return }
    for name in names where !sites.contains(where: { Self.matches($0.path, name) }) {
      throw Self.unmatched(name, model, path: path)
    }
  }

  /// The fault of a selection that means nothing at all.
  func nothing(_ sites: [Site], _ model: ModelOutline, path: String?) -> PEFTFault {
    switch self {
    case .names(let names):
      let missing = names.first { name in !sites.contains { Self.matches($0.path, name) } }
      if let missing { return Self.unmatched(missing, model, path: path) }
      return Self.unmatched(names.first ?? "", model, path: path)
    case .pattern(let pattern): return Self.unmatched(pattern.text, model, path: path)
    case .paths: return Self.unmatched("all-linear", model, path: path)
    }
  }

  private static func unmatched(
    _ name: String, _ model: ModelOutline, path: String?
  ) -> PEFTFault {
    let name = String(name.prefix(200))
    let nearest = NearestName.best(for: name, among: ends(model))
    return .setting(
      path: path, key: "target_modules", wanted: "modules of the model that are to be adapted",
      got: "`\(name)`, which leaves none",
      hint: (nearest.map { "did you mean `\($0)`? " } ?? "") + list(model))
  }

  static func list(_ model: ModelOutline) -> String {
    "Its modules: " + ends(model).joined(separator: ", ")
  }

  /// The last names of all sites, each once.
  private static func ends(_ model: ModelOutline) -> [String] {
    var seen = Set<String>()
    return (model.linears.map(\.site) + model.embeddings.map(\.site))
      .map { String($0.path.split(separator: ".").last ?? "") }
      .filter { seen.insert($0).inserted }
  }
}
