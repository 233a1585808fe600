using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Google.Protobuf;

namespace AnalogLearn.Interchange;

// The few messages of the public ONNX format (onnx.proto, IR version 8) that an exported network needs, with their field numbers. Fields that hold their
// default are not written; everything is written in order of field numbers, so the same model always gives the same bytes.

/// <summary>The element types of ONNX tensors that are used here (TensorProto.DataType).</summary>
internal enum OnnxType
{
    /// <summary>32-bit float.</summary>
    Float = 1,

    /// <summary>64-bit integer.</summary>
    Int64 = 7,

    /// <summary>Truth value.</summary>
    Bool = 9,
}

/// <summary>A protocol-buffer message that can be written and read.</summary>
internal abstract class OnnxMessage
{
    /// <summary>The message on the wire, without its length.</summary>
    public byte[] ToBytes()
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true))
            Write(output);
        return buffer.ToArray();
    }

    /// <summary>Writes the fields.</summary>
    /// <param name="output">Where to.</param>
    public abstract void Write(CodedOutputStream output);

    /// <summary>Reads the field whose tag has just been read; false when it is none that is known (the caller then skips it).</summary>
    /// <param name="field">The field's number.</param>
    /// <param name="input">Where from.</param>
    protected abstract bool ReadField(int field, CodedInputStream input);

    /// <summary>Reads fields until the bytes end.</summary>
    /// <param name="bytes">The message on the wire, without its length.</param>
    /// <exception cref="InvalidProtocolBufferException">The bytes are no message.</exception>
    public void Read(byte[] bytes)
    {
        var input = new CodedInputStream(bytes);
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            if (!ReadField(WireFormat.GetTagFieldNumber(tag), input))
                input.SkipLastField();
        }
    }

    protected static void WriteText(CodedOutputStream output, int field, string text)
    {
        if (text.Length == 0)
            return;
        WriteName(output, field, text);
    }

    /// <summary>Writes a text even when it is empty (an empty name of a node's input means "not given").</summary>
    protected static void WriteName(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }

    protected static void WriteInteger(CodedOutputStream output, int field, long number)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt64(number);
    }

    protected static void WriteMessage(CodedOutputStream output, int field, OnnxMessage message) => WriteBytes(output, field, message.ToBytes());

    protected static void WriteMessages(CodedOutputStream output, int field, IEnumerable<OnnxMessage> messages)
    {
        foreach (OnnxMessage message in messages)
            WriteMessage(output, field, message);
    }

    protected static void WriteBytes(CodedOutputStream output, int field, byte[] bytes)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(bytes));
    }

    protected static TMessage ReadMessage<TMessage>(CodedInputStream input)
        where TMessage : OnnxMessage, new()
    {
        var message = new TMessage();
        message.Read(input.ReadBytes().ToByteArray());
        return message;
    }
}

/// <summary>ModelProto: a graph with its version, its producer and its metadata.</summary>
internal sealed class OnnxModel : OnnxMessage
{
    public long IrVersion { get; set; } = 8;

    public string ProducerName { get; set; } = string.Empty;

    public string ProducerVersion { get; set; } = string.Empty;

    public string Doc { get; set; } = string.Empty;

    public OnnxGraph Graph { get; set; } = new();

    public List<OnnxOperatorSet> OperatorSets { get; } = [];

    public List<OnnxProperty> Metadata { get; } = [];

    public override void Write(CodedOutputStream output)
    {
        WriteInteger(output, 1, IrVersion);
        WriteText(output, 2, ProducerName);
        WriteText(output, 3, ProducerVersion);
        WriteText(output, 6, Doc);
        WriteMessage(output, 7, Graph);
        WriteMessages(output, 8, OperatorSets);
        WriteMessages(output, 14, Metadata);
    }

    protected override bool ReadField(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 1:
                IrVersion = input.ReadInt64();
                return true;
            case 2:
                ProducerName = input.ReadString();
                return true;
            case 3:
                ProducerVersion = input.ReadString();
                return true;
            case 6:
                Doc = input.ReadString();
                return true;
            case 7:
                Graph = ReadMessage<OnnxGraph>(input);
                return true;
            case 8:
                OperatorSets.Add(ReadMessage<OnnxOperatorSet>(input));
                return true;
            case 14:
                Metadata.Add(ReadMessage<OnnxProperty>(input));
                return true;
            default:
                return false;
        }
    }
}

/// <summary>OperatorSetIdProto: the version of an operator set.</summary>
internal sealed class OnnxOperatorSet : OnnxMessage
{
    public string Domain { get; set; } = string.Empty;

    public long Version { get; set; }

    public override void Write(CodedOutputStream output)
    {
        WriteText(output, 1, Domain);
        WriteInteger(output, 2, Version);
    }

    protected override bool ReadField(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 1:
                Domain = input.ReadString();
                return true;
            case 2:
                Version = input.ReadInt64();
                return true;
            default:
                return false;
        }
    }
}

/// <summary>StringStringEntryProto: one entry of the metadata.</summary>
internal sealed class OnnxProperty : OnnxMessage
{
    public string Key { get; set; } = string.Empty;

    public string Value { get; set; } = string.Empty;

    public override void Write(CodedOutputStream output)
    {
        WriteText(output, 1, Key);
        WriteText(output, 2, Value);
    }

    protected override bool ReadField(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 1:
                Key = input.ReadString();
                return true;
            case 2:
                Value = input.ReadString();
                return true;
            default:
                return false;
        }
    }
}

/// <summary>GraphProto: nodes, constants, inputs and outputs.</summary>
internal sealed class OnnxGraph : OnnxMessage
{
    public List<OnnxNode> Nodes { get; } = [];

    public string Name { get; set; } = string.Empty;

    public List<OnnxConstant> Constants { get; } = [];

    public string Doc { get; set; } = string.Empty;

    public List<OnnxPort> Inputs { get; } = [];

    public List<OnnxPort> Outputs { get; } = [];

    public override void Write(CodedOutputStream output)
    {
        WriteMessages(output, 1, Nodes);
        WriteText(output, 2, Name);
        WriteMessages(output, 5, Constants);
        WriteText(output, 10, Doc);
        WriteMessages(output, 11, Inputs);
        WriteMessages(output, 12, Outputs);
    }

    protected override bool ReadField(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 1:
                Nodes.Add(ReadMessage<OnnxNode>(input));
                return true;
            case 2:
                Name = input.ReadString();
                return true;
            case 5:
                Constants.Add(ReadMessage<OnnxConstant>(input));
                return true;
            case 10:
                Doc = input.ReadString();
                return true;
            case 11:
                Inputs.Add(ReadMessage<OnnxPort>(input));
                return true;
            case 12:
                Outputs.Add(ReadMessage<OnnxPort>(input));
                return true;
            default:
                return false;
        }
    }
}

/// <summary>NodeProto: one operator.</summary>
internal sealed class OnnxNode : OnnxMessage
{
    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public string Name { get; set; } = string.Empty;

    public string Operator { get; set; } = string.Empty;

    public List<OnnxAttribute> Attributes { get; } = [];

    public string Doc { get; set; } = string.Empty;

    public override void Write(CodedOutputStream output)
    {
        foreach (string input in Inputs)
            WriteName(output, 1, input);
        foreach (string result in Outputs)
            WriteName(output, 2, result);
        WriteText(output, 3, Name);
        WriteText(output, 4, Operator);
        WriteMessages(output, 5, Attributes);
        WriteText(output, 6, Doc);
    }

    protected override bool ReadField(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 1:
                Inputs.Add(input.ReadString());
                return true;
            case 2:
                Outputs.Add(input.ReadString());
                return true;
            case 3:
                Name = input.ReadString();
                return true;
            case 4:
                Operator = input.ReadString();
                return true;
            case 5:
                Attributes.Add(ReadMessage<OnnxAttribute>(input));
                return true;
            case 6:
                Doc = input.ReadString();
                return true;
            default:
                return false;
        }
    }
}

/// <summary>AttributeProto: an integer, some integers, or a graph.</summary>
internal sealed class OnnxAttribute : OnnxMessage
{
    private const int IntegerKind = 2;
    private const int GraphKind = 5;
    private const int IntegersKind = 7;

    public OnnxAttribute()
    {
    }

    public OnnxAttribute(string name, long integer)
    {
        Name = name;
        Kind = IntegerKind;
        Integer = integer;
    }

    public OnnxAttribute(string name, long[] integers)
    {
        Name = name;
        Kind = IntegersKind;
        Integers.AddRange(integers);
    }

    public OnnxAttribute(string name, OnnxGraph graph)
    {
        Name = name;
        Kind = GraphKind;
        Graph = graph;
    }

    public string Name { get; private set; } = string.Empty;

    public int Kind { get; private set; }

    public long Integer { get; private set; }

    public List<long> Integers { get; } = [];

    public OnnxGraph? Graph { get; private set; }

    public override void Write(CodedOutputStream output)
    {
        WriteText(output, 1, Name);
        if (Kind == IntegerKind)
            WriteInteger(output, 3, Integer);
        if (Graph is not null)
            WriteMessage(output, 6, Graph);
        foreach (long integer in Integers)
            WriteInteger(output, 8, integer);
        WriteInteger(output, 20, Kind);
    }

    protected override bool ReadField(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 1:
                Name = input.ReadString();
                return true;
            case 3:
                Integer = input.ReadInt64();
                return true;
            case 6:
                Graph = ReadMessage<OnnxGraph>(input);
                return true;
            case 8:
                Integers.Add(input.ReadInt64());
                return true;
            case 20:
                Kind = input.ReadInt32();
                return true;
            default:
                return false;
        }
    }
}

/// <summary>TensorProto: a named constant, its numbers as little-endian bytes.</summary>
internal sealed class OnnxConstant : OnnxMessage
{
    public List<long> Shape { get; } = [];

    public OnnxType Type { get; set; }

    public string Name { get; set; } = string.Empty;

    public byte[] Raw { get; set; } = [];

    public string Doc { get; set; } = string.Empty;

    /// <summary>A constant of floats.</summary>
    public static OnnxConstant Of(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> values, string doc = "")
    {
        var constant = new OnnxConstant { Name = name, Type = OnnxType.Float, Raw = new byte[4 * values.Length], Doc = doc };
        constant.Shape.AddRange(shape);
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(values).CopyTo(constant.Raw);
        }
        else
        {
            for (int k = 0; k < values.Length; k++)
                BinaryPrimitives.WriteSingleLittleEndian(constant.Raw.AsSpan(4 * k), values[k]);
        }

        return constant;
    }

    /// <summary>A constant of integers.</summary>
    public static OnnxConstant Of(string name, ReadOnlySpan<long> shape, ReadOnlySpan<long> values, string doc = "")
    {
        var constant = new OnnxConstant { Name = name, Type = OnnxType.Int64, Raw = new byte[8 * values.Length], Doc = doc };
        constant.Shape.AddRange(shape);
        for (int k = 0; k < values.Length; k++)
            BinaryPrimitives.WriteInt64LittleEndian(constant.Raw.AsSpan(8 * k), values[k]);
        return constant;
    }

    /// <summary>The numbers of a constant of floats.</summary>
    public float[] Floats()
    {
        var values = new float[Raw.Length / 4];
        for (int k = 0; k < values.Length; k++)
            values[k] = BinaryPrimitives.ReadSingleLittleEndian(Raw.AsSpan(4 * k));
        return values;
    }

    public override void Write(CodedOutputStream output)
    {
        foreach (long dimension in Shape)
            WriteInteger(output, 1, dimension);
        WriteInteger(output, 2, (long)Type);
        WriteText(output, 8, Name);
        WriteBytes(output, 9, Raw);
        WriteText(output, 12, Doc);
    }

    protected override bool ReadField(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 1:
                Shape.Add(input.ReadInt64());
                return true;
            case 2:
                Type = (OnnxType)input.ReadInt32();
                return true;
            case 8:
                Name = input.ReadString();
                return true;
            case 9:
                Raw = input.ReadBytes().ToByteArray();
                return true;
            case 12:
                Doc = input.ReadString();
                return true;
            default:
                return false;
        }
    }
}

/// <summary>ValueInfoProto with a TypeProto.Tensor: an input or an output of a graph. A dimension is a number, or a name when it is free.</summary>
internal sealed class OnnxPort : OnnxMessage
{
    public OnnxPort()
    {
    }

    public OnnxPort(string name, OnnxType type, OnnxDimension[] shape, string doc = "")
    {
        Name = name;
        Tensor = new OnnxTensorType { Type = type };
        Tensor.Shape.AddRange(shape);
        Doc = doc;
    }

    public string Name { get; private set; } = string.Empty;

    public OnnxTensorType Tensor { get; private set; } = new();

    public string Doc { get; private set; } = string.Empty;

    public override void Write(CodedOutputStream output)
    {
        WriteText(output, 1, Name);
        WriteMessage(output, 2, new TypeMessage { Tensor = Tensor });
        WriteText(output, 3, Doc);
    }

    protected override bool ReadField(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 1:
                Name = input.ReadString();
                return true;
            case 2:
                Tensor = ReadMessage<TypeMessage>(input).Tensor;
                return true;
            case 3:
                Doc = input.ReadString();
                return true;
            default:
                return false;
        }
    }

    private sealed class TypeMessage : OnnxMessage
    {
        public OnnxTensorType Tensor { get; set; } = new();

        public override void Write(CodedOutputStream output) => WriteMessage(output, 1, Tensor);

        protected override bool ReadField(int field, CodedInputStream input)
        {
            if (field != 1)
                return false;
            Tensor = ReadMessage<OnnxTensorType>(input);
            return true;
        }
    }
}

/// <summary>TypeProto.Tensor: element type and shape.</summary>
internal sealed class OnnxTensorType : OnnxMessage
{
    public OnnxType Type { get; set; }

    public List<OnnxDimension> Shape { get; } = [];

    public override void Write(CodedOutputStream output)
    {
        WriteInteger(output, 1, (long)Type);
        WriteMessage(output, 2, new ShapeList { Dimensions = Shape });
    }

    protected override bool ReadField(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 1:
                Type = (OnnxType)input.ReadInt32();
                return true;
            case 2:
                Shape.AddRange(ReadMessage<ShapeList>(input).Dimensions);
                return true;
            default:
                return false;
        }
    }

    private sealed class ShapeList : OnnxMessage
    {
        public List<OnnxDimension> Dimensions { get; init; } = [];

        public override void Write(CodedOutputStream output) => WriteMessages(output, 1, Dimensions);

        protected override bool ReadField(int field, CodedInputStream input)
        {
            if (field != 1)
                return false;
            Dimensions.Add(ReadMessage<OnnxDimension>(input));
            return true;
        }
    }
}

/// <summary>TensorShapeProto.Dimension: a number, or a name when it is free.</summary>
internal sealed class OnnxDimension : OnnxMessage
{
    public long Size { get; private set; }

    public string Name { get; private set; } = string.Empty;

    public static implicit operator OnnxDimension(long size) => new() { Size = size };

    public static implicit operator OnnxDimension(string name) => new() { Name = name };

    public override void Write(CodedOutputStream output)
    {
        if (Name.Length > 0)
            WriteText(output, 2, Name);
        else
            WriteInteger(output, 1, Size);
    }

    protected override bool ReadField(int field, CodedInputStream input)
    {
        switch (field)
        {
            case 1:
                Size = input.ReadInt64();
                return true;
            case 2:
                Name = input.ReadString();
                return true;
            default:
                return false;
        }
    }
}
