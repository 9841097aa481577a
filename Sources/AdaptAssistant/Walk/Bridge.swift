// Temporary: what the advisor will give.
package import AdaptGuidance

extension Knowledge {
  package func profile(fromFile: String) throws -> Profile { newProfile }
}
