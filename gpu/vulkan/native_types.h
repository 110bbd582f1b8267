// The Vulkan structs and constants that native.c uses, as the Vulkan
// specification lays them out. "type" is sType and "next" is pNext; sTypes are
// written as numbers where structs are made.
#include <stddef.h>
#include <stdint.h>

enum {
    API_1_2 = (1 << 22) | (2 << 12),
    API_1_3 = (1 << 22) | (3 << 12),
    ERROR_EXTENSION_NOT_PRESENT = -7,
    QUEUE_GRAPHICS = 1,
    QUEUE_COMPUTE = 2,
    QUEUE_TRANSFER = 4,
    QUEUE_SPARSE = 8,
    QUEUE_PROTECTED = 16,
    STAGE_COMPUTE = 0x20,
    STAGE_CREATE_FULL_SUBGROUPS = 2,
    PIPELINE_CREATE_DISPATCH_BASE = 0x10,
    EXTERNAL_HOST_ALLOCATION = 0x80,
    ACCESS_INDIRECT_READ = 1,
    ACCESS_SHADER_READ = 0x20,
    ACCESS_SHADER_WRITE = 0x40,
    ACCESS_TRANSFER_READ = 0x800,
    ACCESS_TRANSFER_WRITE = 0x1000,
    ACCESS_HOST_READ = 0x2000,
    PIPELINE_INDIRECT = 2,
    PIPELINE_COMPUTE = 0x800,
    PIPELINE_TRANSFER = 0x1000,
    PIPELINE_HOST = 0x4000,
    SEVERITY_WARNING = 0x100,
    SEVERITY_ERROR = 0x1000,
    MESSAGE_GENERAL = 1,
    MESSAGE_VALIDATION = 2,
    COMPONENT_FLOAT16 = 0,
    COMPONENT_FLOAT32 = 1,
    SCOPE_SUBGROUP = 3,
};

typedef struct {
    char name[256];
    uint32_t spec_version, implementation_version;
    char description[256];
} LayerProperties;

typedef struct {
    char name[256];
    uint32_t spec_version;
} ExtensionProperties;

typedef struct {
    uint32_t flags, count, timestamp_bits, granularity[3];
} QueueFamilyProperties;

// Outer stands for the structs that only carry a pNext chain here; the
// largest, VkPhysicalDeviceProperties2, has 840 bytes.
typedef struct {
    uint32_t type;
    void *next;
    uint64_t rest[128];
} Outer;

typedef struct {
    uint32_t type;
    void *next;
    uint32_t size, stages, operations, quad_in_all_stages;
} SubgroupProperties;

typedef struct {
    uint32_t type;
    void *next;
    uint32_t max_per_set;
    uint64_t max_allocation;
} Maintenance3Properties;

typedef struct {
    uint32_t type;
    void *next;
    uint64_t max_buffer;
} Maintenance4Properties;

typedef struct {
    uint32_t type;
    void *next;
    uint8_t device[16], driver[16], luid[8];
    uint32_t node_mask, luid_valid;
} IDProperties;

typedef struct {
    uint32_t type;
    void *next;
    uint32_t id;
    char name[256], info[256];
    uint8_t conformance[4];
} DriverProperties;

typedef struct {
    uint32_t type;
    void *next;
    uint32_t min, max, max_workgroup_subgroups, required_stages;
} SizeControlProperties;

typedef struct {
    uint32_t type;
    void *next;
    uint32_t size_control, full_subgroups;
} SizeControlFeatures;

typedef struct {
    uint32_t type;
    void *next;
    uint64_t budget[16], usage[16];
} MemoryBudgetProperties;

typedef struct {
    uint32_t type;
    void *next;
    uint64_t alignment;
} HostMemoryProperties;

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t handle_type;
    void *host;
} ImportHostMemory;

typedef struct {
    uint32_t type;
    const void *next;
    uint64_t bytes;
    uint32_t memory_type;
} MemoryAllocateInfo;

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t handle_types;
} ExternalBufferInfo;

typedef struct {
    uint32_t type;
    void *next;
    uint32_t matrices, robust_access;
} CooperativeMatrixFeatures;

typedef struct {
    uint32_t type;
    void *next;
    uint32_t stages;
} CooperativeMatrixStages;

// CooperativeMatrixProperties is one kind: result (m, n) = a (m, k) * b (k, n) + c.
typedef struct {
    uint32_t type;
    void *next;
    uint32_t m, n, k, a, b, c, result, saturating, scope;
} CooperativeMatrixProperties;

typedef struct {
    uint32_t type;
    void *next;
    uint32_t float16, int8;
} Float16Features;

typedef struct {
    uint32_t type;
    void *next;
    uint32_t model, device_scope, chains;
} MemoryModelFeatures;

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t flags, family, count;
    const float *priorities;
} DeviceQueueCreateInfo;

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t flags, queue_count;
    const DeviceQueueCreateInfo *queues;
    uint32_t layer_count;
    const char *const *layers;
    uint32_t extension_count;
    const char *const *extensions;
    const void *features;
} DeviceCreateInfo;

typedef struct {
    uint32_t binding, type, count, stages;
    const void *samplers;
} SetLayoutBinding;

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t flags, count;
    const SetLayoutBinding *bindings;
} SetLayoutCreateInfo;

typedef struct {
    uint32_t stages, offset, size;
} PushConstantRange;

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t flags, set_count;
    void *const *sets;
    uint32_t push_count;
    const PushConstantRange *pushes;
} PipelineLayoutCreateInfo;

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t flags;
    size_t bytes;
    const uint32_t *code;
} ShaderModuleCreateInfo;

typedef struct {
    uint32_t id, offset;
    size_t size;
} SpecializationMapEntry;

typedef struct {
    uint32_t count;
    const SpecializationMapEntry *entries;
    size_t bytes;
    const void *data;
} SpecializationInfo;

typedef struct {
    uint32_t type;
    void *next;
    uint32_t size;
} RequiredSubgroupSize;

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t flags, stage;
    void *module;
    const char *name;
    const SpecializationInfo *specialization;
} StageCreateInfo;

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t flags;
    StageCreateInfo stage;
    void *layout, *base;
    int32_t base_index;
} ComputePipelineCreateInfo;

typedef struct {
    uint32_t type, count;
} DescriptorPoolSize;

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t flags, max_sets, size_count;
    const DescriptorPoolSize *sizes;
} DescriptorPoolCreateInfo;

typedef struct {
    uint32_t type;
    const void *next;
    void *pool;
    uint32_t count;
    void *const *layouts;
} DescriptorSetAllocateInfo;

typedef struct {
    void *buffer;
    uint64_t offset, range;
} DescriptorBufferInfo;

typedef struct {
    uint32_t type;
    const void *next;
    void *set;
    uint32_t binding, element, count, descriptor_type;
    const void *image_info;
    const DescriptorBufferInfo *buffer_info;
    void *const *texel_view;
} WriteDescriptorSet;

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t src, dst;
} MemoryBarrier;

typedef struct {
    uint64_t src, dst, bytes;
} BufferCopy;

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t wait_count;
    void *const *waits;
    const uint32_t *wait_stages;
    uint32_t command_count;
    void *const *commands;
    uint32_t signal_count;
    void *const *signals;
} SubmitInfo;

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t enabled_count;
    const uint32_t *enabled;
    uint32_t disabled_count;
    const uint32_t *disabled;
} ValidationFeatures;

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t flags;
    const char *id_name;
    int32_t id;
    const char *message;
} MessengerData; // the part that is read

typedef struct {
    uint32_t type;
    const void *next;
    uint32_t flags, severities, types;
    uint32_t(VKAPI *callback)(uint32_t, uint32_t, const MessengerData *, void *);
    void *user;
} MessengerCreateInfo;
