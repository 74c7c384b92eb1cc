create or replace package body pkg_crm_client
is
   co_days constant pls_integer := 365;

   function get_budget_value(
      in_client_code in number,
      in_branch_code in number,
      in_from        in date default null
   ) return number
   is
      co_from constant date := trunc(coalesce(in_from, sysdate));
      l_value crm_record_values_v.budget_value%type;
   begin
      select round(sum(v.line_value), 2)
        into l_value
        from crm_budget_lines_v v
       where v.client_code = in_client_code
         and v.branch_code = in_branch_code
         and v.deliver_on between co_from and co_from + co_days;
      return l_value;
   end get_budget_value;

   function get_order_value(
      in_client_code in number,
      in_branch_code in number,
      in_from        in date default null
   ) return number
   is
      co_from constant date := trunc(coalesce(in_from, sysdate));
      l_value crm_record_values_v.budget_value%type;
   begin
      select round(sum(v.line_value), 2)
        into l_value
        from crm_order_lines_v v
       where v.client_code = in_client_code
         and v.branch_code = in_branch_code
         and v.deliver_on between co_from and co_from + co_days;
      return l_value;
   end get_order_value;

   function has_budget(
      in_client_code in number,
      in_branch_code in number,
      in_from        in date default null
   ) return varchar2
   is
      co_value constant number := get_budget_value(
         in_client_code => in_client_code,
         in_branch_code => in_branch_code,
         in_from        => in_from
      );
   begin
      return case when co_value is not null then crm_types.co_yes else crm_types.co_no end;
   end has_budget;

   function has_order(
      in_client_code in number,
      in_branch_code in number,
      in_from        in date default null
   ) return varchar2
   is
      co_value constant number := get_order_value(
         in_client_code => in_client_code,
         in_branch_code => in_branch_code,
         in_from        => in_from
      );
   begin
      return case when co_value is not null then crm_types.co_yes else crm_types.co_no end;
   end has_order;
end pkg_crm_client;
/
