// The deterministic automaton of a pattern, made once: matching then costs one look-up a scalar, which
// no pattern can make slower.

/// Every state that a pattern's ordered threads can be in, with its transitions.
struct PatternAutomaton: Sendable {
  /// States that may be made; real patterns have below a hundred.
  private static let stateLimit = 4096
  private static let transitionLimit = 1 << 18
  /// Threads followed while making them.
  private static let workLimit = 1 << 21

  /// Columns of a state: the classes of the alphabet and the end of the text.
  let columns: Int
  /// Twice the next state, plus 1 where a match ends before the scalar; state 0 is the end.
  let transitions: [UInt32]
  /// The state to start in by the class before; one for all if nothing looks behind.
  private let starts: [UInt32]

  /// The automaton of a pattern, nil if the pattern needs too many states or looks far ahead.
  init?(_ program: PatternProgram, _ alphabet: PatternAlphabet) {
    guard !program.hasLook else { return nil }
    var maker = Maker(closure: PatternClosure(program, alphabet), columns: alphabet.count + 1)
    maker.looksBehind = program.hasBefore
    guard maker.makeAll() else { return nil }
    columns = maker.columns
    transitions = maker.transitions
    starts = maker.starts
  }

  /// The state to start in behind a scalar of class `previous`.
  func start(after previous: Int) -> Int {
    Int(starts.count == 1 ? starts[0] : starts[previous])
  }

  private struct State: Hashable {
    /// 0 where it makes no difference.
    var previous: Int
    var threads: [Int]
  }

  private struct Maker {
    var closure: PatternClosure
    let columns: Int
    var looksBehind = false
    var transitions: [UInt32] = []
    var starts: [UInt32] = []
    private var numbers: [State: UInt32] = [:]
    private var states: [State] = []
    private var work = 0

    init(closure: PatternClosure, columns: Int) {
      self.closure = closure
      self.columns = columns
    }

    mutating func makeAll() -> Bool {
      _ = number(of: State(previous: 0, threads: []))
      for previous in 0..<(looksBehind ? columns : 1) {
        starts.append(number(of: State(previous: previous, threads: [0])))
      }
      var next = 0
      while next < states.count {
        guard states.count <= PatternAutomaton.stateLimit,
          states.count * columns <= PatternAutomaton.transitionLimit,
          work <= PatternAutomaton.workLimit
        else { return false }
        let state = states[next]
        next += 1
        for column in 0..<columns { transitions.append(transition(from: state, by: column)) }
      }
      return true
    }

    private mutating func transition(from state: State, by column: Int) -> UInt32 {
      closure.start()
      var isMatch = false
      for thread in state.threads {
        work += 1
        isMatch = closure.follow(thread, previous: state.previous, next: column) { _ in false }
        if isMatch { break }
      }
      let threads = closure.advanced
      work += threads.count
      let previous = looksBehind && !threads.isEmpty ? column : 0
      return number(of: State(previous: previous, threads: threads)) << 1 | (isMatch ? 1 : 0)
    }

    private mutating func number(of state: State) -> UInt32 {
      if let known = numbers[state] { return known }
      let number = UInt32(truncatingIfNeeded: states.count)
      numbers[state] = number
      states.append(state)
      return number
    }
  }
}
