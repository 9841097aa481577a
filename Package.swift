// swift-tools-version: 6.1
import PackageDescription

/// Continuous integration sets `CI`, and then a warning fails the build.
let strictness: [SwiftSetting] =
  Context.environment["CI"] == nil ? [] : [.unsafeFlags(["-warnings-as-errors"])]

let settings: [SwiftSetting] =
  strictness + [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .swiftLanguageMode(.v6),
  ]

/// One library target of ours: its Swift settings are the same everywhere.
func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The test target of `name`, which can use all that `name` uses.
func tests(
  _ name: String, _ dependencies: [Target.Dependency] = [], data: [String] = []
) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: ["AdaptSystem", "AdaptTestSupport"] + dependencies,
    exclude: data, swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// The Swift runtime and Foundation go into the binary, so that it runs without Swift.
///
/// As link flags of this one target (and not `--static-swift-stdlib`, which `swift test` lacks), run,
/// test and install share one build. The libraries are what Foundation's archives need themselves.
let staticRuntime: [LinkerSetting] = [
  .unsafeFlags(["-static-stdlib"]),
  .linkedLibrary("_FoundationCollections"), .linkedLibrary("_FoundationCShims"),
  .linkedLibrary("CoreFoundation"), .linkedLibrary("_FoundationICU"), .linkedLibrary("stdc++"),
]

let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

let package = Package(
  name: "adapt",
  products: [.executable(name: "adapt", targets: ["adapt"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
  ],
  targets: [
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CReadline", providers: [.apt(["libreadline-dev"])]),
    .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
    library("AdaptSystem", [subprocess, systemPackage]),
    library("AdaptTensors", ["AdaptSystem", "COpenBLAS", "CKernels"]),
    library("AdaptGradients", ["AdaptSystem", "AdaptTensors", "CKernels"]),
    library("AdaptTokenizers", ["AdaptSystem"]),
    library("AdaptModels", ["AdaptSystem", "AdaptGradients", "AdaptTensors", "AdaptTokenizers"]),
    library(
      "AdaptPEFT",
      ["AdaptSystem", "AdaptGradients", "AdaptModels", "AdaptTensors", "AdaptTokenizers"]),
    library("AdaptTraining", ["AdaptSystem", "AdaptGradients", "AdaptPEFT", "AdaptTensors"]),
    library("AdaptGuidance", ["AdaptSystem", yams]),
    library(
      "AdaptRetrieval", ["AdaptSystem", "AdaptModels", "AdaptTensors", "AdaptTokenizers", grdb]),
    library(
      "AdaptAssistant",
      [
        "AdaptSystem", "AdaptGuidance", "AdaptModels", "AdaptPEFT", "AdaptRetrieval",
        "AdaptTensors", "AdaptTokenizers",
      ]),
    .executableTarget(
      name: "adapt",
      dependencies: [
        "AdaptSystem", "AdaptAssistant", "AdaptGuidance", "AdaptModels", "AdaptPEFT",
        "AdaptRetrieval", "AdaptTokenizers", "CReadline", argumentParser,
      ],
      swiftSettings: settings, linkerSettings: staticRuntime),
    .target(name: "CBench", cSettings: [.unsafeFlags(["-O3"])]),
    .executableTarget(
      name: "AdaptBench",
      dependencies: [
        "AdaptSystem", "AdaptTensors", "AdaptGradients", "AdaptModels", "AdaptPEFT",
        "AdaptTokenizers", "AdaptTraining", "CBench", "CKernels", argumentParser,
      ],
      swiftSettings: settings),
    .target(
      name: "AdaptTestSupport", dependencies: ["AdaptSystem"], path: "Tests/AdaptTestSupport",
      swiftSettings: settings),
    tests("AdaptSystem"),
    tests("AdaptTensors", ["AdaptTensors", "CKernels"], data: ["Fixtures"]),
    tests("AdaptGradients", ["AdaptGradients", "AdaptTensors"]),
    tests("AdaptTokenizers", ["AdaptTokenizers"], data: ["Fixtures"]),
    tests(
      "AdaptModels", ["AdaptModels", "AdaptGradients", "AdaptTensors", "AdaptTokenizers"],
      data: ["Fixtures"]),
    tests(
      "AdaptPEFT",
      [
        "AdaptPEFT", "AdaptGradients", "AdaptModels", "AdaptTensors", "AdaptTokenizers",
        "AdaptTraining",
      ],
      data: ["Fixtures"]),
    tests("AdaptTraining", ["AdaptTraining", "AdaptGradients", "AdaptTensors"]),
    tests("AdaptGuidance", ["AdaptGuidance"]),
    tests(
      "AdaptRetrieval", ["AdaptRetrieval", "AdaptModels", "AdaptTensors", grdb],
      data: ["Fixtures"]),
    tests(
      "AdaptAssistant", ["AdaptAssistant", "AdaptGuidance", "AdaptModels", "AdaptRetrieval"],
      data: ["Fixtures", "Snapshots"]),
    tests("AdaptCommand", data: ["Fixtures", "Snapshots"]),
    .target(
      name: "AdaptGoldenSuite",
      dependencies: [
        "AdaptSystem", "AdaptGradients", "AdaptModels", "AdaptPEFT", "AdaptTensors",
        "AdaptTokenizers", "AdaptTraining",
      ],
      path: "Tests/AdaptGoldenSuite", swiftSettings: settings),
    .executableTarget(
      name: "AdaptGolden", dependencies: ["AdaptGoldenSuite", "AdaptSystem"],
      path: "Tests/AdaptGolden", swiftSettings: settings),
    tests(
      "AdaptGolden", ["AdaptGolden", "AdaptGoldenSuite", "AdaptTensors"],
      data: ["Golden", "make_subset.py"]),
    tests("AdaptBench", ["AdaptGradients", "AdaptModels", "AdaptTensors", "CBench"]),
  ]
)
