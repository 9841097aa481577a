// Ctrl-C during a long writing: the writer stops at the next piece and removes what it began.
import Foundation
import Synchronization

enum Interruption {
  private static let wanted = Atomic<Bool>(false)

  static var isWanted: Bool { wanted.load(ordering: .relaxed) }

  /// From now on the signals to stop set `isWanted` in place of ending the process.
  static func listen() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in Interruption.wanted.store(true, ordering: .relaxed) }
    }
  }
}
