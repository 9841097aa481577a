// What a collection remembers about how it was made, so that a later process searches it the same way.
import Foundation

/// Kept as JSON in the collection's row.
struct CollectionSettings: Codable, Equatable {
  /// The folder of the embedder, to find it again when none is named.
  var embedderFolder: String?
  var calibration: RetrievalCalibration?
  /// The state of the vectors that were measured; another state is measured anew.
  var calibratedOn: VectorState?

  /// Settings that cannot be read count as none: they are made again by the next run.
  init(json: String) {
    self = (try? JSONDecoder().decode(Self.self, from: Data(json.utf8))) ?? CollectionSettings()
  }

  init(embedderFolder: String? = nil, calibration: RetrievalCalibration? = nil) {
    self.embedderFolder = embedderFolder
    self.calibration = calibration
  }

  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
