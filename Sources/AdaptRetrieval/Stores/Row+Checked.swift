// Reading columns of a file that may be damaged: a value of another type throws, it never traps.
import GRDB

extension Row {
  /// The value of a column as `Value`; an optional takes NULL for nil.
  func value<Value: DatabaseValueConvertible>(_ column: String) throws -> Value {
    try decode(Value.self, forColumn: column)
  }

  /// The value of the column at `index`, from 0.
  func value<Value: DatabaseValueConvertible>(at index: Int) throws -> Value {
    try decode(Value.self, atIndex: index)
  }
}
