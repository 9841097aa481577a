// Temporary: what the advisor will give.
package import AdaptGuidance

extension Advice {
  package func difference(to: Advice) -> AdviceDifference? { nil }
}
extension AdviceReport {
  package func difference(_ d: AdviceDifference?) -> Section { sections(explain: false)[0] }
}
extension Knowledge {
  package func profile(fromFile: String) throws -> Profile { newProfile }
}
