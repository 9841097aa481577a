// Dense layers copied once into the order in which the product of some dozens of rows reads them.
import CKernels

/// Dense layers in panels of 32 outputs, all in one buffer on huge pages, in the order they are called in.
///
/// Beside weights in a mapped file it is a second copy of them in memory, always f32. On two threads of Zen 4 the
/// linear layers of a MiniLM sentence of 20 tokens (42 MB of weights) take 2.0 ms from it and 2.5 ms from the file.
package struct PackedLayers: Sendable {
  /// A layer to pack; its bias is added and the activation applied by the product.
  package struct Layer: Sendable {
    package var weight: WeightStorage
    package var bias: Tensor?

    package init(weight: WeightStorage, bias: Tensor? = nil) {
      precondition(bias.map { $0.count == weight.rows } ?? true)
      self.weight = weight
      self.bias = bias
    }
  }

  /// Where a layer lies.
  private struct Place {
    let rows: Int
    let columns: Int
    /// Floats before it.
    let offset: Int
    let bias: Tensor?
    /// Where its outputs begin among those of its group.
    let output: Int
    /// Where its panels begin among those of its group.
    let panel: Int
    var panels: Int { PackedLayers.panels(rows) }

    /// The address of a panel; those of the group's next layer follow it.
    func address(_ panel: Int, in base: UnsafePointer<Float>) -> UnsafePointer<Float> {
      base + offset + panel * PackedLayers.panelRows * columns
    }
  }

  private let groups: [[Place]]
  private let storage: TensorStorage
  private static let panelRows = 32
  /// Rows of an input at a time, a multiple of what the kernel keeps in registers.
  private static let blockRows = 120

  /// A thread reads its shares one after the other, unless another one, being faster, takes the last.
  private static let sharesOfThread = 2

  /// Whether this processor has the registers for it; where not, products are faster without.
  package static var isFast: Bool { BLAS.hasTiles }

  /// The bytes that such layers take.
  package static func bytes(_ groups: [[Layer]]) -> Int {
    groups.joined().reduce(0) { $0 + floats($1.weight) * MemoryLayout<Float>.stride }
  }

  /// Packs groups of layers; those of a group share an input and are computed together.
  ///
  /// - Precondition: the layers of a group have equal columns.
  package init(_ layers: [[Layer]], pool: ThreadPool = .shared) {
    var groups: [[Place]] = []
    var offset = 0
    for group in layers {
      precondition(group.allSatisfy { $0.weight.columns == group[0].weight.columns })
      var (places, output, panel) = ([Place](), 0, 0)
      for layer in group {
        let place = Place(
          rows: layer.weight.rows, columns: layer.weight.columns, offset: offset,
          bias: layer.bias, output: output, panel: panel)
        places.append(place)
        offset += Self.floats(layer.weight)
        (output, panel) = (output + place.rows, panel + place.panels)
      }
      groups.append(places)
    }
    self.groups = groups
    let jobs = zip(layers.joined(), groups.joined()).flatMap { layer, place in
      (0..<place.panels).map { (weight: layer.weight, place: place, panel: $0) }
    }
    storage = TensorStorage(count: offset) { out in
      pool.run(jobs.count) { number in
        let job = jobs[number]
        Self.pack(job.weight, panel: job.panel, at: out + job.place.offset)
      }
    }
  }

  /// Outputs of all layers of a group.
  package func outputs(of group: Int) -> Int { groups[group].reduce(0) { $0 + $1.rows } }

  /// `activation(x [N, K] · Wᵀ + b)` of the layers of a group, side by side: `[N, M]`.
  package func product(
    _ group: Int, _ x: Tensor, activation: Activation = .none, pool: ThreadPool = .shared
  ) -> Tensor {
    let (N, M) = (x.rows, outputs(of: group))
    precondition(groups[group].allSatisfy { $0.columns == x.columns })
    let blocks = (N + Self.blockRows - 1) / Self.blockRows
    return withExtendedLifetime((self, x)) {
      Tensor([N, M]) { out in
        let out = MutableMatrixView(out, rows: N, columns: M)
        let shares = pool.threads * Self.sharesOfThread
        pool.run(blocks * shares) { number in
          let rows = ThreadPool.part(number / shares, of: blocks, in: N)
          let piece = Piece(turn: number % shares, threads: pool.threads, rows: rows)
          multiply(group, piece, MatrixView(x), activation, into: out)
        }
      }
    }
  }

  /// Some rows times a share of a group's panels.
  private struct Piece {
    let thread: Int
    let threads: Int
    /// Which of the thread's shares.
    let part: Int
    let rows: Range<Int>

    /// The share that is taken as the `turn`-th: first those where each thread begins.
    init(turn: Int, threads: Int, rows: Range<Int>) {
      (thread, part) = (turn % threads, turn / threads)
      self.threads = threads
      self.rows = rows
    }

    /// Its panels of `panels`.
    func share(of panels: Int) -> Range<Int> {
      let parts = PackedLayers.sharesOfThread
      return ThreadPool.part(thread * parts + part, of: threads * parts, in: panels)
    }

    /// All panels that are first offered to its thread.
    func shares(of panels: Int) -> Range<Int> {
      ThreadPool.part(thread, of: threads, in: panels)
    }
  }

  private func multiply(
    _ group: Int, _ piece: Piece, _ x: MatrixView, _ activation: Activation,
    into out: MutableMatrixView
  ) {
    let (places, all) = (groups[group], Self.panels(groups[group]))
    let (own, end) = (piece.share(of: all), piece.shares(of: all).upperBound)
    for place in places {
      let part = own.clamped(to: place.panel..<place.panel + place.panels)
      guard !part.isEmpty else { continue }
      let (first, last) = (part.lowerBound - place.panel, part.upperBound - place.panel)
      let row = first * Self.panelRows
      let count = min(last * Self.panelRows, place.rows) - row
      let target = out[piece.rows, place.output + row..<place.output + row + count]
      // Its thread reads on, or where its shares of the next group begin.
      let next =
        part.upperBound < end
        ? place.address(last, in: storage.base) : start(of: piece, in: (group + 1) % groups.count)
      adapt_panel_products(
        place.address(first, in: storage.base), count, x.columns,
        x.base + piece.rows.lowerBound * x.stride, target.rows, x.stride, target.base,
        target.stride, next)
      activation.apply(to: target, bias: place.bias.map { $0.storage.base + row })
      withExtendedLifetime(place.bias) {}
    }
  }

  /// Where the shares of a piece's thread begin in another group; nil where it has none.
  private func start(of piece: Piece, in group: Int) -> UnsafePointer<Float>? {
    let shares = piece.shares(of: Self.panels(groups[group]))
    guard !shares.isEmpty, let first = groups[group].first else { return nil }
    return first.address(shares.lowerBound, in: storage.base)
  }

  private static func panels(_ group: [Place]) -> Int {
    group.reduce(0) { $0 + $1.panels }
  }

  private static func panels(_ rows: Int) -> Int { (rows + panelRows - 1) / panelRows }

  private static func floats(_ weight: WeightStorage) -> Int {
    panels(weight.rows) * panelRows * weight.columns
  }

  private static func pack(
    _ weight: WeightStorage, panel: Int, at out: UnsafeMutablePointer<Float>
  ) {
    let columns = weight.columns
    let rows = panel * panelRows..<min((panel + 1) * panelRows, weight.rows)
    let target = out + rows.lowerBound * columns
    if let tensor = weight.tensor {
      return withExtendedLifetime(tensor) {
        adapt_pack_panel(
          tensor.storage.base + rows.lowerBound * columns, rows.count, columns, columns, target)
      }
    }
    let scratch = StoragePool.shared.take(rows.count * columns)
    defer { StoragePool.shared.give(scratch.base, capacity: scratch.capacity) }
    weight.widen(
      rows: rows, columns: 0..<columns,
      into: MutableMatrixView(scratch.base, rows: rows.count, columns: columns))
    adapt_pack_panel(scratch.base, rows.count, columns, columns, target)
  }
}
