// Fovea calls Vulkan through vulkan-go where it can, and from here where it
// cannot, for one of two reasons. vulkan-go's headers are those of Vulkan
// 1.1.88, so what came later is declared here. And a slice of structs that is
// handed to vulkan-go lies in C memory which a finaliser may free while the
// driver still reads it: pipelines compile for 100 ms beside a running
// collector. The functions here take plain arguments and build such structs on
// their own stack.
//
// The structs follow the Vulkan specification, field for field.
#define _DEFAULT_SOURCE // madvise, with glibc

#include "native.h"

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#define VKAPI __stdcall
#else
#include <dlfcn.h>
#include <sys/mman.h>
#define VKAPI
#endif

#include "native_types.h"

// The functions that the loader exports.
#define FUNCTIONS(X)                                                                                         \
    X(int, EnumerateInstanceLayerProperties, (uint32_t *, LayerProperties *))                                \
    X(int, EnumerateDeviceExtensionProperties, (void *, const char *, uint32_t *, ExtensionProperties *))    \
    X(void, GetPhysicalDeviceQueueFamilyProperties, (void *, uint32_t *, QueueFamilyProperties *))           \
    X(void, GetPhysicalDeviceProperties2, (void *, Outer *))                                                 \
    X(void, GetPhysicalDeviceFeatures2, (void *, Outer *))                                                   \
    X(void, GetPhysicalDeviceMemoryProperties2, (void *, Outer *))                                           \
    X(int, CreateDevice, (void *, const DeviceCreateInfo *, const void *, void **))                          \
    X(int, CreateDescriptorSetLayout, (void *, const SetLayoutCreateInfo *, const void *, void **))          \
    X(int, CreatePipelineLayout, (void *, const PipelineLayoutCreateInfo *, const void *, void **))          \
    X(int, CreateShaderModule, (void *, const ShaderModuleCreateInfo *, const void *, void **))              \
    X(void, DestroyShaderModule, (void *, void *, const void *))                                             \
    X(int, CreateComputePipelines,                                                                           \
      (void *, void *, uint32_t, const ComputePipelineCreateInfo *, const void *, void **))                  \
    X(int, CreateDescriptorPool, (void *, const DescriptorPoolCreateInfo *, const void *, void **))          \
    X(int, AllocateDescriptorSets, (void *, const DescriptorSetAllocateInfo *, void **))                     \
    X(void, UpdateDescriptorSets, (void *, uint32_t, const WriteDescriptorSet *, uint32_t, const void *))    \
    X(void, CmdPipelineBarrier,                                                                              \
      (void *, uint32_t, uint32_t, uint32_t, uint32_t, const MemoryBarrier *, uint32_t, const void *,        \
       uint32_t, const void *))                                                                              \
    X(void, CmdCopyBuffer, (void *, void *, void *, uint32_t, const BufferCopy *))                           \
    X(int, AllocateMemory, (void *, const MemoryAllocateInfo *, const void *, void **))                      \
    X(void, CmdDispatchBase, (void *, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t))           \
    X(int, QueueSubmit, (void *, uint32_t, const SubmitInfo *, void *))                                      \
    X(int, WaitForFences, (void *, uint32_t, void *const *, uint32_t, uint64_t))                             \
    X(int, ResetFences, (void *, uint32_t, void *const *))

#define DECLARE(ret, name, args) static ret(VKAPI *vk##name) args;
FUNCTIONS(DECLARE)
static void *(VKAPI *vkGetInstanceProcAddr)(void *, const char *);

#ifdef _WIN32
static void *open_library(void) { return (void *)LoadLibraryA("vulkan-1.dll"); }
static void *symbol(void *library, const char *name) { return (void *)GetProcAddress((HMODULE)library, name); }
#else
// The name without a version belongs to the development package, which users
// do not have.
static void *open_library(void) {
    static const char *const names[] = {
#ifdef __APPLE__
        "libvulkan.1.dylib", "libvulkan.dylib", "libMoltenVK.dylib",
#else
        "libvulkan.so.1", "libvulkan.so",
#endif
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (library != NULL) return library;
    }
    return NULL;
}
static void *symbol(void *library, const char *name) { return dlsym(library, name); }
#endif

void *fv_load(void) {
    void *library = open_library();
    if (library == NULL) return NULL;
#define LOAD(ret, name, args)                                                      \
    if ((vk##name = (ret(VKAPI *) args)symbol(library, "vk" #name)) == NULL) return NULL;
    FUNCTIONS(LOAD)
    vkGetInstanceProcAddr = (void *(VKAPI *)(void *, const char *))symbol(library, "vkGetInstanceProcAddr");
    return (void *)vkGetInstanceProcAddr;
}

uint32_t fv_layer(const char *name) {
    uint32_t n = 0, version = 0;
    if (vkEnumerateInstanceLayerProperties(&n, NULL) != 0 || n == 0) return 0;
    LayerProperties *layers = calloc(n, sizeof *layers);
    if (layers != NULL && vkEnumerateInstanceLayerProperties(&n, layers) >= 0)
        for (uint32_t i = 0; i < n; i++)
            if (strcmp(layers[i].name, name) == 0) version = layers[i].spec_version;
    free(layers);
    return version;
}

int fv_has_extension(void *physical, const char *name) {
    uint32_t n = 0;
    if (vkEnumerateDeviceExtensionProperties(physical, NULL, &n, NULL) != 0 || n == 0) return 0;
    ExtensionProperties *extensions = calloc(n, sizeof *extensions);
    int found = 0;
    if (extensions != NULL && vkEnumerateDeviceExtensionProperties(physical, NULL, &n, extensions) >= 0)
        for (uint32_t i = 0; i < n; i++) found |= strcmp(extensions[i].name, name) == 0;
    free(extensions);
    return found;
}

void *fv_validation_features(void) {
    static const uint32_t enabled[] = {4}; // SYNCHRONIZATION_VALIDATION
    static ValidationFeatures features = {1000247000, NULL, 1, enabled, 0, NULL};
    return &features;
}

// find_queue prefers a family that computes but does not draw: a desktop's
// frames do not wait for it.
static void find_queue(void *physical, fv_properties *p) {
    QueueFamilyProperties families[16];
    uint32_t n = 16;
    vkGetPhysicalDeviceQueueFamilyProperties(physical, &n, families);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t flags = families[i].flags;
        if ((flags & QUEUE_COMPUTE) == 0 || families[i].count == 0) continue;
        if (p->has_compute && (flags & QUEUE_GRAPHICS) != 0) continue;
        p->has_compute = 1;
        p->queue_family = i;
        p->timestamp_bits = families[i].timestamp_bits;
        if ((flags & QUEUE_GRAPHICS) == 0) return;
    }
}

// find_transfer looks for a family that does nothing but copies: a card has
// engines of their own for it.
static void find_transfer(void *physical, fv_properties *p) {
    QueueFamilyProperties families[16];
    uint32_t n = 16;
    vkGetPhysicalDeviceQueueFamilyProperties(physical, &n, families);
    for (uint32_t i = 0; i < n && !p->has_transfer; i++) {
        if (families[i].count == 0 || (families[i].flags & ~(QUEUE_SPARSE | QUEUE_PROTECTED)) != QUEUE_TRANSFER) continue;
        p->has_transfer = 1;
        p->transfer_family = i;
    }
}

static const char size_control_extension[] = "VK_EXT_subgroup_size_control";
static const char budget_extension[] = "VK_EXT_memory_budget";
static const char maintenance4_extension[] = "VK_KHR_maintenance4";
static const char driver_extension[] = "VK_KHR_driver_properties";
static const char matrix_extension[] = "VK_KHR_cooperative_matrix";
static const char host_extension[] = "VK_EXT_external_memory_host";

// find_matrices fills in the cooperative matrices. What else kernels with them
// need, halves and Vulkan's memory model, are features since Vulkan 1.2.
static void find_matrices(void *instance, void *physical, uint32_t api_version, fv_properties *p) {
    if (api_version < API_1_2 || !fv_has_extension(physical, matrix_extension)) return;
    MemoryModelFeatures memory = {.type = 1000211000};
    Float16Features half = {.type = 1000082000, .next = &memory};
    CooperativeMatrixFeatures features = {.type = 1000506000, .next = &half};
    Outer all = {.type = 1000059000, .next = &features};
    vkGetPhysicalDeviceFeatures2(physical, &all);
    CooperativeMatrixStages stages = {.type = 1000506002};
    Outer outer = {.type = 1000059001, .next = &stages};
    vkGetPhysicalDeviceProperties2(physical, &outer);
    if (!features.matrices || !half.float16 || !memory.model || (stages.stages & STAGE_COMPUTE) == 0) return;
    int(VKAPI * properties)(void *, uint32_t *, CooperativeMatrixProperties *) =
        (int(VKAPI *)(void *, uint32_t *, CooperativeMatrixProperties *))vkGetInstanceProcAddr(
            instance, "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR");
    CooperativeMatrixProperties kinds[FV_MATRICES];
    uint32_t n = FV_MATRICES;
    for (uint32_t i = 0; i < n; i++) kinds[i] = (CooperativeMatrixProperties){.type = 1000506001};
    if (properties == NULL || properties(physical, &n, kinds) < 0) return;
    for (uint32_t i = 0; i < n; i++) {
        const CooperativeMatrixProperties *k = &kinds[i];
        if (k->a != COMPONENT_FLOAT16 || k->b != COMPONENT_FLOAT16 || k->c != COMPONENT_FLOAT32 ||
            k->result != COMPONENT_FLOAT32 || k->saturating || k->scope != SCOPE_SUBGROUP)
            continue;
        p->matrices[p->matrix_count].m = k->m;
        p->matrices[p->matrix_count].n = k->n;
        p->matrices[p->matrix_count++].k = k->k;
    }
}

void fv_probe(void *instance, void *physical, uint32_t api_version, int matrices, fv_properties *p) {
    memset(p, 0, sizeof *p);
    SubgroupProperties subgroup = {.type = 1000094000};
    Maintenance3Properties maintenance = {.type = 1000168000, .next = &subgroup};
    IDProperties id = {.type = 1000071004, .next = &maintenance};
    Outer outer = {.type = 1000059001, .next = &id};
    DriverProperties driver = {.type = 1000196000};
    SizeControlProperties control = {.type = 1000225000};
    Maintenance4Properties maintenance4 = {.type = 1000413001};
    if (api_version >= API_1_2 || fv_has_extension(physical, driver_extension)) {
        driver.next = outer.next;
        outer.next = &driver;
    }
    int told = api_version >= API_1_3 || fv_has_extension(physical, maintenance4_extension);
    if (told) {
        maintenance4.next = outer.next;
        outer.next = &maintenance4;
    }
    HostMemoryProperties host = {.type = 1000178002};
    if (fv_has_extension(physical, host_extension)) {
        host.next = outer.next;
        outer.next = &host;
    }
    int sized = api_version >= API_1_3 || fv_has_extension(physical, size_control_extension);
    if (sized) {
        control.next = outer.next;
        outer.next = &control;
    }
    vkGetPhysicalDeviceProperties2(physical, &outer);
    if (sized) {
        SizeControlFeatures features = {.type = 1000225002};
        Outer all = {.type = 1000059000, .next = &features};
        vkGetPhysicalDeviceFeatures2(physical, &all);
        p->size_control = features.size_control;
        p->full_subgroups = features.full_subgroups;
        p->min_subgroup = control.min;
        p->max_subgroup = control.max;
        p->required_stages = control.required_stages;
    }
    p->subgroup_size = subgroup.size;
    p->subgroup_stages = subgroup.stages;
    p->subgroup_operations = subgroup.operations;
    p->max_allocation = maintenance.max_allocation;
    p->max_buffer = maintenance4.max_buffer;
    p->host_alignment = host.alignment;
    memcpy(p->device_uuid, id.device, sizeof id.device);
    memcpy(p->driver_uuid, id.driver, sizeof id.driver);
    memcpy(p->driver, driver.name, sizeof driver.name);
    memcpy(p->driver_info, driver.info, sizeof driver.info);
    p->budget = fv_has_extension(physical, budget_extension);
    if (matrices) find_matrices(instance, physical, api_version, p);
    find_queue(physical, p);
    find_transfer(physical, p);
}

void fv_budget(void *physical, uint64_t budget[FV_HEAPS], uint64_t usage[FV_HEAPS]) {
    MemoryBudgetProperties heaps = {.type = 1000237000};
    Outer outer = {.type = 1000059006, .next = &heaps};
    vkGetPhysicalDeviceMemoryProperties2(physical, &outer);
    memcpy(budget, heaps.budget, sizeof heaps.budget);
    memcpy(usage, heaps.usage, sizeof heaps.usage);
}

int fv_create_device(void *physical, uint32_t api_version, const fv_properties *p, void **device) {
    const float priority = 0.5f;
    DeviceQueueCreateInfo queues[] = {
        {.type = 2, .family = p->queue_family, .count = 1, .priorities = &priority},
        {.type = 2, .family = p->transfer_family, .count = 1, .priorities = &priority},
    };
    SizeControlFeatures control = {
        .type = 1000225002, .size_control = p->size_control, .full_subgroups = p->full_subgroups};
    MemoryModelFeatures memory = {.type = 1000211000, .model = 1};
    Float16Features half = {.type = 1000082000, .next = &memory, .float16 = 1};
    CooperativeMatrixFeatures matrices = {.type = 1000506000, .next = &half, .matrices = 1};
    const char *extensions[4];
    DeviceCreateInfo info = {.type = 3, .queue_count = 1 + p->has_transfer, .queues = queues, .extensions = extensions};
    if (p->size_control || p->full_subgroups) {
        info.next = &control;
        if (api_version < API_1_3) extensions[info.extension_count++] = size_control_extension;
    }
    if (p->matrix_count > 0) {
        memory.next = (void *)info.next;
        info.next = &matrices;
        extensions[info.extension_count++] = matrix_extension;
    }
    if (p->budget) extensions[info.extension_count++] = budget_extension;
    if (p->imports) extensions[info.extension_count++] = host_extension;
    return vkCreateDevice(physical, &info, NULL, device);
}

int fv_set_layout(void *device, uint32_t n, const uint32_t *types, void **layout) {
    SetLayoutBinding bindings[FV_MAX_BINDINGS] = {{0}};
    for (uint32_t i = 0; i < n; i++)
        bindings[i] = (SetLayoutBinding){.binding = i, .type = types[i], .count = 1, .stages = STAGE_COMPUTE};
    SetLayoutCreateInfo info = {.type = 32, .count = n, .bindings = bindings};
    return vkCreateDescriptorSetLayout(device, &info, NULL, layout);
}

int fv_pipeline_layout(void *device, void *set_layout, uint32_t push_bytes, void **layout) {
    PushConstantRange push = {STAGE_COMPUTE, 0, push_bytes};
    PipelineLayoutCreateInfo info = {.type = 30, .set_count = 1, .sets = &set_layout, .push_count = push_bytes > 0, .pushes = &push};
    return vkCreatePipelineLayout(device, &info, NULL, layout);
}

int fv_pipeline(void *device, void *cache, void *layout, const void *code, size_t code_bytes, const uint32_t *spec,
                uint32_t n_spec, uint32_t team, uint32_t required_subgroup, int full_subgroups, int based, void **pipeline) {
    ShaderModuleCreateInfo module_info = {.type = 16, .bytes = code_bytes, .code = code};
    void *module;
    int result = vkCreateShaderModule(device, &module_info, NULL, &module);
    if (result != 0) return result;
    SpecializationMapEntry entries[FV_TEAM + 1];
    uint32_t values[FV_TEAM + 1];
    for (uint32_t i = 0; i < n_spec; i++) {
        entries[i] = (SpecializationMapEntry){i, 4 * i, 4};
        values[i] = spec[i];
    }
    entries[n_spec] = (SpecializationMapEntry){FV_TEAM, 4 * n_spec, 4};
    values[n_spec] = team;
    SpecializationInfo constants = {n_spec + 1, entries, 4 * (n_spec + 1), values};
    RequiredSubgroupSize required = {.type = 1000225001, .size = required_subgroup};
    ComputePipelineCreateInfo info = {
        .type = 29,
        .flags = based ? PIPELINE_CREATE_DISPATCH_BASE : 0,
        .stage = {.type = 18,
                  .next = required_subgroup ? &required : NULL,
                  .flags = full_subgroups ? STAGE_CREATE_FULL_SUBGROUPS : 0,
                  .stage = STAGE_COMPUTE,
                  .module = module,
                  .name = "main",
                  .specialization = &constants},
        .layout = layout,
        .base_index = -1,
    };
    result = vkCreateComputePipelines(device, cache, 1, &info, NULL, pipeline);
    vkDestroyShaderModule(device, module, NULL);
    return result;
}

int fv_descriptor_pool(void *device, uint32_t sets, const uint32_t counts[FV_TYPES], void **pool) {
    DescriptorPoolSize sizes[FV_TYPES];
    DescriptorPoolCreateInfo info = {.type = 33, .max_sets = sets, .sizes = sizes};
    for (uint32_t type = 0; type < FV_TYPES; type++)
        if (counts[type] > 0) sizes[info.size_count++] = (DescriptorPoolSize){type, counts[type]};
    return vkCreateDescriptorPool(device, &info, NULL, pool);
}

int fv_descriptor_set(void *device, void *pool, void *set_layout, uint32_t n, const uint32_t *types, void *const *views,
                      void *const *buffers, const uint64_t *offsets, const uint64_t *ranges, void **set) {
    DescriptorSetAllocateInfo info = {.type = 34, .pool = pool, .count = 1, .layouts = &set_layout};
    int result = vkAllocateDescriptorSets(device, &info, set);
    if (result != 0) return result;
    WriteDescriptorSet writes[FV_MAX_BINDINGS];
    DescriptorBufferInfo storage[FV_MAX_BINDINGS];
    for (uint32_t i = 0; i < n; i++) {
        writes[i] = (WriteDescriptorSet){.type = 35, .set = *set, .binding = i, .count = 1, .descriptor_type = types[i]};
        if (types[i] == FV_STORAGE_BUFFER) {
            storage[i] = (DescriptorBufferInfo){buffers[i], offsets[i], ranges[i]};
            writes[i].buffer_info = &storage[i];
        } else {
            writes[i].texel_view = &views[i];
        }
    }
    vkUpdateDescriptorSets(device, n, writes, 0, NULL);
    return 0;
}

void fv_barrier(void *command, int to_host) {
    const uint32_t device = PIPELINE_COMPUTE | PIPELINE_TRANSFER;
    MemoryBarrier barrier = {.type = 46,
                             .src = ACCESS_SHADER_WRITE | ACCESS_TRANSFER_WRITE,
                             .dst = to_host ? ACCESS_HOST_READ
                                            : ACCESS_SHADER_READ | ACCESS_SHADER_WRITE | ACCESS_TRANSFER_READ |
                                                  ACCESS_TRANSFER_WRITE};
    vkCmdPipelineBarrier(command, device, to_host ? PIPELINE_HOST : device, 0, 1, &barrier, 0, NULL, 0, NULL);
}

void fv_copy(void *command, void *src, void *dst, uint64_t src_offset, uint64_t dst_offset, uint64_t bytes) {
    BufferCopy region = {src_offset, dst_offset, bytes};
    vkCmdCopyBuffer(command, src, dst, 1, &region);
}

void fv_dispatch(void *command, const uint32_t base[3], const uint32_t count[3]) {
    vkCmdDispatchBase(command, base[0], base[1], base[2], count[0], count[1], count[2]);
}

int fv_import(void *device, void *host, uint64_t bytes, uint32_t type, void **memory) {
    ImportHostMemory import = {.type = 1000178000, .handle_type = EXTERNAL_HOST_ALLOCATION, .host = host};
    MemoryAllocateInfo info = {.type = 5, .next = &import, .bytes = bytes, .memory_type = type};
    return vkAllocateMemory(device, &info, NULL, memory);
}

void *fv_imported(void) {
    static ExternalBufferInfo info = {1000072000, NULL, EXTERNAL_HOST_ALLOCATION};
    return &info;
}

void fv_indirect_barrier(void *command) {
    MemoryBarrier barrier = {.type = 46, .src = ACCESS_SHADER_WRITE, .dst = ACCESS_INDIRECT_READ | ACCESS_SHADER_READ | ACCESS_SHADER_WRITE};
    vkCmdPipelineBarrier(command, PIPELINE_COMPUTE, PIPELINE_COMPUTE | PIPELINE_INDIRECT, 0, 1, &barrier, 0, NULL, 0, NULL);
}

void fv_transfer_barrier(void *command) {
    MemoryBarrier barrier = {.type = 46, .src = ACCESS_TRANSFER_WRITE, .dst = ACCESS_TRANSFER_WRITE};
    vkCmdPipelineBarrier(command, PIPELINE_TRANSFER, PIPELINE_TRANSFER, 0, 1, &barrier, 0, NULL, 0, NULL);
}

int fv_wait(void *device, void *fence) {
    int result = vkWaitForFences(device, 1, &fence, 1, UINT64_MAX);
    return result == 0 ? vkResetFences(device, 1, &fence) : result;
}

int fv_submit(void *device, void *queue, void *command, uint32_t n_waits, void *const waits[FV_WAITS], void *fence) {
    const uint32_t stages[FV_WAITS] = {PIPELINE_COMPUTE | PIPELINE_TRANSFER, PIPELINE_COMPUTE | PIPELINE_TRANSFER};
    SubmitInfo info = {.type = 4,
                       .wait_count = n_waits,
                       .waits = waits,
                       .wait_stages = stages,
                       .command_count = 1,
                       .commands = &command};
    int result = vkQueueSubmit(queue, 1, &info, fence);
    return result == 0 ? fv_wait(device, fence) : result;
}

int fv_submit_transfer(void *queue, void *command, void *wait, void *signal, void *fence) {
    const uint32_t stage = PIPELINE_TRANSFER;
    SubmitInfo info = {.type = 4,
                       .wait_count = wait != NULL,
                       .waits = &wait,
                       .wait_stages = &stage,
                       .command_count = 1,
                       .commands = &command,
                       .signal_count = 1,
                       .signals = &signal};
    return vkQueueSubmit(queue, 1, &info, fence);
}

extern void foveaValidationMessage(uintptr_t user, char *message);

static uint32_t VKAPI report(uint32_t severity, uint32_t types, const MessengerData *data, void *user) {
    (void)severity;
    (void)types;
    foveaValidationMessage((uintptr_t)user, (char *)data->message);
    return 0;
}

int fv_messenger(void *instance, uintptr_t user, void **messenger) {
    int(VKAPI * create)(void *, const MessengerCreateInfo *, const void *, void **) =
        (int(VKAPI *)(void *, const MessengerCreateInfo *, const void *, void **))vkGetInstanceProcAddr(
            instance, "vkCreateDebugUtilsMessengerEXT");
    if (create == NULL) return ERROR_EXTENSION_NOT_PRESENT;
    MessengerCreateInfo info = {.type = 1000128004,
                                .severities = SEVERITY_WARNING | SEVERITY_ERROR,
                                .types = MESSAGE_GENERAL | MESSAGE_VALIDATION,
                                .callback = report,
                                .user = (void *)user};
    return create(instance, &info, NULL, messenger);
}

void fv_destroy_messenger(void *instance, void *messenger) {
    void(VKAPI * destroy)(void *, void *, const void *) = (void(VKAPI *)(void *, void *, const void *))vkGetInstanceProcAddr(
        instance, "vkDestroyDebugUtilsMessengerEXT");
    if (destroy != NULL) destroy(instance, messenger, NULL);
}

void fv_trim(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void fv_huge_pages(void *memory, size_t bytes) {
#ifdef MADV_HUGEPAGE
    madvise(memory, bytes, MADV_HUGEPAGE); // a wish: the memory serves without, too
#endif
}
