// What OpenBLAS says of itself, for reports of measurements.
import COpenBLAS

extension BLAS {
  /// Version, options and kernel set of the library in use, in its own words.
  package static var configuration: String { String(cString: openblas_get_config()) }
}
