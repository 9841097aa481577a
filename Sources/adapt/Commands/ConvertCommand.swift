// `adapt convert`: an adapter as plain LoRA, or as the file that llama.cpp loads.
import AdaptModels
import AdaptPEFT
import AdaptTokenizers
import ArgumentParser
import Foundation

struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Writes an adapter as plain LoRA, or as a GGUF adapter for llama.cpp.",
    usage: "adapt convert --model <dir> --adapter <dir> --to <form> --output <path>",
    discussion: """
      AdaLoRA, VeRA, PiSSA and OLoRA become plain LoRA and do the same. What is no product of two \
      thin matrices is refused, with the way out: mostly adapt merge.

      EXAMPLES:
        adapt convert --model models/base --adapter runs/7/adapter --to lora --output plain
        adapt convert --model models/base --adapter runs/7/adapter --to gguf --output a.gguf
      """)

  enum Form: String, CaseIterable, ExpressibleByArgument {
    case lora, gguf
  }

  @Option(help: ArgumentHelp("The base: a Hugging Face model folder.", valueName: "dir"))
  var model: String

  @Option(help: ArgumentHelp("The folder of the adapter.", valueName: "dir"))
  var adapter: String

  @Option(help: "What to write: lora (a folder) or gguf (a file).")
  var to: Form

  @Option(help: ArgumentHelp("Where to write it.", valueName: "path"))
  var output: String

  @OptionGroup var globals: GlobalOptions

  func run() throws {
    let session = try Session(globals)
    let outline = try BaseModel.open(URL(fileURLWithPath: model)).outline
    let files = try AdapterFiles(reading: URL(fileURLWithPath: adapter))
    let place = URL(fileURLWithPath: output)
    switch to {
    case .lora:
      let plain = try files.plainLoRA(for: outline)
      try plain.write(to: place)
      try session.streams.write("\(output): plain LoRA, \(plain.tensors.count) tensors\n")
    case .gguf:
      let converted = try GGUFAdapter(files, for: outline)
      try converted.write(to: place)
      try session.streams.write(
        "\(output): an adapter of llama.cpp, \(converted.header.tensors.count) tensors\n")
    }
  }
}
