package catalog

// Category is which kind of thing a product is; it decides which specs the
// product has.
type Category string

// The categories.
const (
	// CategoryCompute: machines and containers.
	CategoryCompute Category = "compute"
	// CategoryStorage: volumes and buckets.
	CategoryStorage Category = "storage"
	// CategoryNetwork: networks, addresses, load balancers.
	CategoryNetwork Category = "network"
	// CategoryService: what people or software do, such as support; nothing is
	// provisioned for it.
	CategoryService Category = "service"
)

// Categories are all there are.
func Categories() []Category {
	return []Category{CategoryCompute, CategoryStorage, CategoryNetwork, CategoryService}
}

// ResourceType is what an ordered item becomes. An item of a product without
// one becomes nothing: it is done at once.
type ResourceType string

// The types of resources.
const (
	TypeVirtualMachine ResourceType = "virtual_machine"
	TypeContainer      ResourceType = "container"
	TypeNetwork        ResourceType = "network"
	TypeStorage        ResourceType = "storage"
	TypeLoadBalancer   ResourceType = "load_balancer"
)

// ResourceTypes are all there are.
func ResourceTypes() []ResourceType {
	return []ResourceType{TypeVirtualMachine, TypeContainer, TypeNetwork, TypeStorage, TypeLoadBalancer}
}

// resourceTypes are those that products of a category may become. Of a
// category that is none they are all, for it is refused itself.
func (c Category) resourceTypes() []ResourceType {
	switch c {
	case CategoryCompute:
		return []ResourceType{TypeVirtualMachine, TypeContainer}
	case CategoryStorage:
		return []ResourceType{TypeStorage}
	case CategoryNetwork:
		return []ResourceType{TypeNetwork, TypeLoadBalancer}
	case CategoryService:
		return nil
	default:
		return ResourceTypes()
	}
}

// allows says whether products of a category may have an attribute. A category
// that is none allows all, for it is refused itself.
func (c Category) allows(attribute string) bool {
	switch c {
	case CategoryCompute:
		return true
	case CategoryStorage:
		return attribute == diskGiB || attribute == iops || attribute == bandwidthMbps || attribute == trafficGiB
	case CategoryNetwork:
		return attribute == bandwidthMbps || attribute == ips || attribute == trafficGiB || attribute == "ports"
	case CategoryService:
		return false
	default:
		return true
	}
}
