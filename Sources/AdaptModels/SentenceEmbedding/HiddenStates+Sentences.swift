// One vector a sentence from its tokens' vectors, so that losses on pairs of sentences reach the encoder.
package import AdaptGradients
import AdaptTensors

extension HiddenStates {
  /// One vector of length one a segment `[S, D]`; virtual tokens count, as in sentence-transformers.
  ///
  /// An empty segment has a mean of zeros.
  /// - Precondition: no segment is empty where `pooling` is `.cls`.
  package func sentences(_ pooling: Pooling) -> Variable {
    switch pooling {
    case .mean: values.means(over: segments).normalisedRows
    case .cls: firstRows.normalisedRows
    }
  }
}
