// Temporary: what the advisor will give.
import AdaptGuidance

extension Advice {
  func difference(to: Advice) -> AdviceDifference? { nil }
}
extension AdviceReport {
  func difference(_ d: AdviceDifference?) -> Section { sections(explain: false)[0] }
}
extension Knowledge {
  func profile(fromFile: String) throws -> Profile { newProfile }
}
