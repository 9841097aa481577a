// The list of methods: one line each.

/// All methods, in the order in which they are listed.
package enum PEFTMethods {
  package static let all: [any PEFTMethod.Type] = []
}
