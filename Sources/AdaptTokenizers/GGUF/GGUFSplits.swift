// The split expressions that `tokenizer.ggml.pre` names. The names and expressions are those of llama.cpp
// (src/llama-vocab.cpp), where possible in the form that the models' own tokenizer.json has.

/// How a byte-pair vocabulary of a GGUF file cuts texts into words.
struct GGUFSplits {
  /// Applied one behind the other, each to the parts that those before left.
  var patterns: [String]
  /// Whether words that are pieces are taken whole.
  var ignoresMerges = false
  /// Whether a text begins with `<s>` where the file does not say.
  var addsBegin = false

  /// The splits of a name, nil for an unknown one.
  static func named(_ name: String) -> GGUFSplits? {
    if let patterns = plain[name] { return GGUFSplits(patterns: patterns) }
    switch name {
    case "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2":
      return GGUFSplits(patterns: [llama3], ignoresMerges: true, addsBegin: true)
    case "tekken":
      return GGUFSplits(
        patterns: [cased(ending: "", digits: #"\p{N}"#)], ignoresMerges: true, addsBegin: true)
    case "chameleon": return GGUFSplits(patterns: chameleon, addsBegin: true)
    default: return nil
    }
  }

  static var knownNames: [String] {
    (plain.keys + ["llama-bpe", "tekken", "chameleon"]).sorted()
  }

  private static let gpt2 = PreTokenizer.gpt2Pattern
  private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"

  /// The split of Llama 3 and its relatives.
  private static func worded(
    contractions: String = contractions, digits: String, lineEnds: String = #"\s*[\r\n]+"#
  ) -> String {
    contractions + #"|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits
      + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|"# + lineEnds + #"|\s+(?!\S)|\s+"#
  }

  private static let llama3 = worded(digits: #"\p{N}{1,3}"#)
  private static let qwen2 = worded(digits: #"\p{N}"#)

  /// The split of GPT-4o and its relatives, which sets words with capitals apart.
  private static func cased(
    ending: String, digits: String, marks: String = "/", without: String = ""
  ) -> String {
    let lead = #"[^\r\n\p{L}\p{N}]?"#
    let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}"# + without + "]"
    let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}"# + without + "]"
    return lead + upper + "*" + lower + "+" + ending + "|" + lead + upper + "+" + lower + "*"
      + ending + "|" + digits + #"| ?[^\s\p{L}\p{N}]+[\r\n"# + marks
      + #"]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  }

  private static let gpt4o = cased(ending: contractions + "?", digits: #"\p{N}{1,3}"#)
  private static let kimi =
    #"[\p{Han}]+|"#
    + cased(
      ending: contractions + "?", digits: #"\p{N}{1,3}"#, marks: "", without: #"&&[^\p{Han}]"#)
  private static let deepSeek3 = [
    #"\p{N}{1,3}"#, "[一-龥぀-ゟ゠-ヿ]+",
    ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
      + #"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
  ]
  private static let bloom = #" ?[^(\s|.,!?…。，、।۔،)]+"#
  private static let digitsFirst = [#"\p{N}"#, gpt2]
  private static let bailing = worded(
    contractions: "'(?i:[sdmt]|ll|ve|re)", digits: #"\p{N}"#, lineEnds: #"\s*[\r\n]"#)
  private static let chameleon = [
    "<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", #"([\t\n]|    |  )"#, #"\p{N}"#,
    #"[\p{P}!-/:-@\[-`{-~]"#, gpt2,
  ]
  /// Letters with two cases, as the files of DeepSeek-LLM list them.
  private static let deepSeekLetters: String = {
    let ranges = """
      41-5A 61-7A B5 C0-D6 D8-F6 F8-1BA 1BC-1BF 1C4-293 295-2AF 370-373 376-377 37B-37D 37F \
      386 388-38A 38C 38E-3A1 3A3-3F5 3F7-481 48A-52F 531-556 10A0-10C5 13A0-13F5 13F8-13FD \
      1C90-1CBA 1CBD-1CBF 1D00-1D2B 1D6B-1D77 1D79-1D9A 1E00-1F15 1F18-1F1D 1F20-1F45 \
      1F48-1F4D 1F50-1F57 1F59 1F5B 1F5D 1F5F-1F7D 1F80-1FB4 1FB6-1FBC 1FBE 1FC2-1FC4 \
      1FC6-1FCC 1FD0-1FD3 1FD6-1FDB 1FE0-1FEC 1FF2-1FF4 1FF6-1FFC 2102 2107 210A-2113 2115 \
      2119-211D 2124 2126 2128 212A-212D 212F-2134 2139 213C-213F 2145-2149 214E 2183-2184 \
      2C00-2C7B 2C7E-2CE4 2CEB-2CEE 2CF2-2CF3 A640-A66D A680-A69B A722-A76F A771-A787 \
      A78B-A78E AB70-ABBF FB00-FB06 FB13-FB17 FF21-FF3A FF41-FF5A 10400-1044F 104B0-104D3 \
      104D8-104FB 10C80-10CB2 10CC0-10CF2 118A0-118DF 1E900-1E943
      """
    return ranges.split(separator: " ").map { range in
      range.split(separator: "-").map { #"\x{"# + $0 + "}" }.joined(separator: "-")
    }.joined()
  }()
  private static let deepSeekIdeographs = #"[一-龥ࠀ-一가-\uD7FF]+"#

  private static let plain: [String: [String]] = {
    var table: [String: [String]] = [:]
    func add(_ names: String, _ patterns: [String]) {
      for name in names.split(separator: " ") { table[String(name)] = patterns }
    }
    add(
      "gpt-2 phi-2 jina-es jina-de jina-v1-en jina-v2-es jina-v2-de jina-v2-code gigachat "
        + "roberta-bpe mpt olmo jais trillion granite-docling exaone4 a.x-4.0 mellum", [gpt2])
    add("starcoder refact command-r smollm codeshell exaone minerva-7b", digitsFirst)
    add("dbrx smaug-bpe glm4 chatglm-bpe", [llama3])
    add("qwen2 deepseek-r1-qwen kormo megrez hunyuan stablelm2 grok-2", [qwen2])
    add("gpt-4o llama4 minimax-m2", [gpt4o])
    add("kimi-k2", [kimi])
    add("deepseek-v3 hunyuan-dense", deepSeek3)
    add("bailingmoe bailingmoe2 llada-moe", [bailing])
    add("bloom poro-chat gpt3-finnish", [bloom])
    add("viking", [bloom, #"\p{N}"#])
    add("superbpe", [#"\p{N}+"#, #"(?=(\d{3})+(?!\d))"#])
    add(
      "seed-coder",
      [
        contractions
          + #"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+"#
      ])
    add("falcon", [#"[\p{P}\$\+<=>\^~\|`]+"#, gpt2, "[0-9][0-9][0-9]"])
    add("default", [#"[\p{P}\$\+<=>\^~\|]+"#, gpt2, #"\p{N}+"#, "[0-9][0-9][0-9]"])
    add(
      "deepseek-llm",
      [
        #"[\r\n]"#, #"\s?["# + deepSeekLetters + "]+", #"\s?[!-/:-~！-／：-～‘-‟　-。]+"#, #"\s+$"#,
        deepSeekIdeographs, #"\p{N}+"#,
      ])
    add(
      "deepseek-coder",
      [#"[\r\n]"#, #"\s?\p{L}+"#, #"\s?\p{P}+"#, deepSeekIdeographs, #"\p{N}"#])
    return table
  }()
}
