// The numbers of threads that are measured.
import AdaptTensors

enum Pools {
  /// One thread, and as many as the process uses.
  static var all: [ThreadPool] {
    ThreadPool.shared.threads == 1
      ? [.shared] : [ThreadPool(threads: 1), .shared]
  }
}
