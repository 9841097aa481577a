// `make golden GOLDEN=DIR`: a line for every comparison with the references in a folder.
import AdaptGoldenSuite
import AdaptSystem
import Foundation

/// A line as soon as it is known, also into a pipe.
func say(_ line: String) {
  FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 1, let path = arguments.first else {
  FileHandle.standardError.write(Data("usage: AdaptGolden FOLDER\n".utf8))
  exit(2)
}
do throws(GoldenFault) {
  let folder = try GoldenFolder(URL(fileURLWithPath: path, isDirectory: true))
  let results = GoldenSuite.run(folder) { result in
    if !result.isNotImplemented { say(result.line) }
  }
  let summary = GoldenSummary(results)
  for result in results where result.isNotImplemented { say(result.line) }
  say(summary.line)
  exit(summary.status)
} catch {
  FileHandle.standardError.write(Data((error.diagnosis.text + "\n").utf8))
  exit(2)
}
