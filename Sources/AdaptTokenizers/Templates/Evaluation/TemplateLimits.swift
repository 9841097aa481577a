// What a template may use up: it comes from whoever made the model.

/// Bounds of one rendering.
package struct TemplateLimits: Sendable {
  /// Scalars of a template's own text.
  package static let templateScalars = 1 << 20

  /// Evaluated expressions and statements, with the bytes they copy counted in sixteens.
  package var steps = 4_000_000
  /// Expressions, statements and macros inside of one another.
  package var depth = 160
  /// Bytes of text written.
  package var bytes = 64 << 20
  /// Lists and mappings inside of one another.
  package var valueDepth = 80

  package init() {}
}
